import { Text, VisuallyHidden } from "@mantine/core"
import { useWords } from "@millrace/page-parts"
import type { FieldChange } from "./changesOf.ts"

/** What changed, field by field: struck through as it was, marked as it is. */
export const Difference = ({ changes }: { readonly changes: ReadonlyArray<FieldChange> }) => {
  const { say, format } = useWords()
  /** Moments are stored as milliseconds, which nobody reads. */
  const shown = (name: string, value: string) =>
    name.endsWith("AtMs") && Number.isFinite(Number(value)) ? format.moment(Number(value)) : value
  return (
    <ul className="difference">
      {changes.map(({ after, before, name }) => (
        <li key={name}>
          <Text span size="sm" fw={600}>
            {name}
          </Text>{" "}
          {before !== undefined && (
            <del className="bad">
              <VisuallyHidden>{say("difference.was")} </VisuallyHidden>
              {shown(name, before)}
            </del>
          )}
          {before !== undefined && after !== undefined && " → "}
          {after !== undefined && (
            <ins className="good">
              <VisuallyHidden>{say("difference.is")} </VisuallyHidden>
              {shown(name, after)}
            </ins>
          )}
        </li>
      ))}
    </ul>
  )
}
