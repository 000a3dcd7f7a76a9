import { TextInput } from "@mantine/core"
import { useWords } from "./useWords.ts"

interface EmailFieldProps {
  readonly value: string
  readonly onChange: (value: string) => void
  /** Whether it is the address of who fills it in, which the browser knows; default: yes. */
  readonly own?: boolean
  readonly autoFocus?: boolean
}

/** A field for an e-mail address. */
export const EmailField = ({ value, onChange, own = true, autoFocus = false }: EmailFieldProps) => {
  const { say } = useWords()
  return (
    <TextInput
      label={say("field.email")}
      type="email"
      name="email"
      autoComplete={own ? "username" : "off"}
      required
      autoFocus={autoFocus}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
