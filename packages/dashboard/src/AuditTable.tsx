import { Anchor, Stack, Text } from "@mantine/core"
import type { AuditEntry } from "@millrace/contracts/schemas"
import { type Column, DataTable, useWords, type Words } from "@millrace/page-parts"
import { changesOf } from "./changesOf.ts"
import { Difference } from "./Difference.tsx"
import { useMemberNames } from "./useMemberNames.ts"

const shownChanges = 3

/** What an entry is about, in a line. */
export const targetOf = ({ accountId, automationId, commandId, details, positionId }: AuditEntry): string => {
  const key = details.key
  return typeof key === "string" ? key : (commandId ?? positionId ?? automationId ?? accountId ?? "–")
}

const Change = ({ entry }: { readonly entry: AuditEntry }) => {
  const { say } = useWords()
  const changes = changesOf(entry.before, entry.after)
  if (changes.length === 0) return <span>–</span>
  const more = changes.length - shownChanges
  return (
    <Stack gap={0}>
      <Difference changes={changes.slice(0, shownChanges)} />
      {more > 0 && (
        <Text size="xs" c="dimmed">
          {say("audit.more", { count: more })}
        </Text>
      )}
    </Stack>
  )
}

const columnsOf = (
  { format, say }: Words,
  nameOf: (actor: string) => string,
  onOpen: (entry: AuditEntry) => void
): ReadonlyArray<Column<AuditEntry>> => [
  {
    name: "audit.when",
    width: "10.5rem",
    cell: (entry) => {
      const when = format.moment(entry.atMs)
      return (
        <Anchor
          component="button"
          type="button"
          size="sm"
          aria-label={say("audit.open", { when })}
          onClick={() => onOpen(entry)}
        >
          {when}
        </Anchor>
      )
    }
  },
  { name: "audit.who", width: "1.2fr", cell: ({ actor }) => <span title={actor}>{nameOf(actor)}</span> },
  { name: "audit.what", width: "1.5fr", cell: ({ action }) => action.replaceAll("_", " ") },
  { name: "audit.target", width: "1.8fr", cell: (entry) => <span className="preview">{targetOf(entry)}</span> },
  { name: "audit.change", width: "2.5fr", cell: (entry) => <Change entry={entry} /> }
]

interface AuditTableProps {
  readonly rows: ReadonlyArray<AuditEntry>
  readonly onMore: (() => void) | undefined
  readonly onOpen: (entry: AuditEntry) => void
}

/** Entries, one a line, with what each changed. */
export const AuditTable = ({ rows, onMore, onOpen }: AuditTableProps) => {
  const words = useWords()
  const nameOf = useMemberNames()
  return (
    <DataTable
      label={words.say("nav.audit")}
      rows={rows}
      rowKey={({ auditId }) => auditId}
      columns={columnsOf(words, nameOf, onOpen)}
      onMore={onMore}
    />
  )
}
