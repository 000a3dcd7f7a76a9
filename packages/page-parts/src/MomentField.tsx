import { TextInput } from "@mantine/core"
import { useEffect, useState } from "react"

interface MomentFieldProps {
  readonly label: string
  /** Milliseconds since the epoch as text, as it stands in an address; empty: none. */
  readonly value: string
  readonly onChange: (value: string) => void
  /** Tells once somebody has left the field or pressed Enter in it, and not while he types. */
  readonly whenLeft?: boolean
}

const two = (n: number) => String(n).padStart(2, "0")

/** In the browser's time zone, as its field writes it. */
const localText = (value: string): string => {
  const at = new Date(Number(value))
  if (value === "" || Number.isNaN(at.getTime())) return ""
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

const valueOf = (text: string): string => {
  const atMs = new Date(text).getTime()
  return Number.isNaN(atMs) ? "" : String(atMs)
}

/** A field for a date and time of day, to the second. */
export const MomentField = ({ label, value, onChange, whenLeft = false }: MomentFieldProps) => {
  const [text, setText] = useState(() => localText(value))
  useEffect(() => setText(localText(value)), [value])
  const settle = () => {
    if (whenLeft && text !== localText(value)) onChange(valueOf(text))
  }
  return (
    <TextInput
      type="datetime-local"
      step={1}
      label={label}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value)
        if (!whenLeft) onChange(valueOf(event.currentTarget.value))
      }}
      onBlur={settle}
      onKeyDown={(event) => {
        if (event.key === "Enter") settle()
      }}
    />
  )
}
