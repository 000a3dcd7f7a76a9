import { TextInput } from "@mantine/core"

interface MomentFieldProps {
  readonly label: string
  /** Milliseconds since the epoch as text, as it stands in an address; empty: none. */
  readonly value: string
  readonly onChange: (value: string) => void
}

const two = (n: number) => String(n).padStart(2, "0")

/** In the browser's time zone, as its field writes it. */
const localText = (value: string): string => {
  const at = new Date(Number(value))
  if (value === "" || Number.isNaN(at.getTime())) return ""
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** A field for a date and time of day, to the second. */
export const MomentField = ({ label, value, onChange }: MomentFieldProps) => (
  <TextInput
    type="datetime-local"
    step={1}
    label={label}
    defaultValue={localText(value)}
    key={value}
    onBlur={(event) => {
      const atMs = new Date(event.currentTarget.value).getTime()
      onChange(Number.isNaN(atMs) ? "" : String(atMs))
    }}
  />
)
