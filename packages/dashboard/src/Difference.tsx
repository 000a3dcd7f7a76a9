import { Text, VisuallyHidden } from "@mantine/core"
import { useWords } from "@millrace/page-parts"

type Figures = Readonly<Record<string, string | number | boolean>>

/** A field with what it was and what it is; absent: it was, or is, not there. */
export interface FieldChange {
  readonly name: string
  readonly before?: string
  readonly after?: string
}

/** Fields that differ, in their order. */
export const changesOf = (before: Figures = {}, after: Figures = {}): ReadonlyArray<FieldChange> =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .map((name) => ({
      name,
      ...(before[name] === undefined ? {} : { before: String(before[name]) }),
      ...(after[name] === undefined ? {} : { after: String(after[name]) })
    }))

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
