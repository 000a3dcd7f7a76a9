import { TextInput } from "@mantine/core"
import { useDebouncedValue } from "@mantine/hooks"
import { useEffect, useState } from "react"
import { Icon } from "./Icon.tsx"

interface SearchFieldProps {
  readonly label: string
  readonly value: string
  /** Told when somebody has stopped typing for a moment. */
  readonly onSearch: (text: string) => void
}

/** A field that searches while somebody types, and not at each letter. */
export const SearchField = ({ label, value, onSearch }: SearchFieldProps) => {
  const [typed, setTyped] = useState(value)
  const [settled] = useDebouncedValue(typed, 250)
  useEffect(() => {
    if (settled !== value) onSearch(settled)
  }, [settled, value, onSearch])
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<Icon name="search" />}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      miw={220}
    />
  )
}
