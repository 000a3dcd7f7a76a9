import { PasswordInput } from "@mantine/core"
import { useWords } from "./useWords.ts"

interface PasswordFieldProps {
  readonly label: string
  readonly name: string
  /** `current`: one that is known; `new`: one that is chosen, which the browser may suggest. */
  readonly kind: "current" | "new"
  readonly value: string
  readonly onChange: (value: string) => void
  readonly description?: string
  readonly error?: string | undefined
}

/** A field for a password, which can be shown. */
export const PasswordField = ({ label, name, kind, value, onChange, description, error }: PasswordFieldProps) => {
  const { say } = useWords()
  return (
    <PasswordInput
      label={label}
      description={description}
      name={name}
      autoComplete={`${kind}-password`}
      required
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
      visibilityToggleButtonProps={{ "aria-label": say("field.show") }}
    />
  )
}
