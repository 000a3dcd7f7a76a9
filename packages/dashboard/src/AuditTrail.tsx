import { Anchor, Code, Stack, Text } from "@mantine/core"
import type { AuditEntry } from "@millrace/contracts/schemas"
import { type Column, DataTable, Remote, Section, useWords, type Words } from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { Link } from "wouter"
import { ask } from "./client.ts"

/** Clocks of processes differ: entries a little before are looked at too. */
const marginMs = 60_000
const shownFigures = [
  "status",
  "reason",
  "settledBecause",
  "repeats",
  "operator",
  "effectId",
  "letterId",
  "letters"
] as const

const figuresOf = ({ after, before, details }: AuditEntry): string => {
  const figures = { ...before, ...after, ...details }
  return shownFigures.flatMap((name) => (figures[name] === undefined ? [] : [`${name}: ${figures[name]}`])).join(" · ")
}

const columnsOf = ({ format }: Words): ReadonlyArray<Column<AuditEntry>> => [
  { name: "trail.when", width: "1.2fr", cell: ({ atMs }) => format.moment(atMs) },
  { name: "trail.who", width: "1.2fr", cell: ({ actor }) => actor },
  {
    name: "trail.what",
    width: "3fr",
    cell: (entry) => (
      <Stack gap={0} align="flex-start">
        <Code>{entry.action}</Code>
        <Text size="sm">{figuresOf(entry)}</Text>
      </Stack>
    )
  }
]

interface AuditTrailProps {
  /** The id of a command, rule, account or position, or part of what the entry names as its key. */
  readonly subject: string
  /** Wall time before which there is nothing of it, in milliseconds. */
  readonly sinceMs?: number | undefined
}

/** What the audit log says of one thing, the latest first. */
export const AuditTrail = ({ subject, sinceMs }: AuditTrailProps) => {
  const words = useWords()
  const fromMs = sinceMs === undefined ? {} : { fromMs: sinceMs - marginMs }
  const entries = useQuery({
    queryKey: ["trail", subject, sinceMs],
    queryFn: ({ signal }) => ask((api) => api.audit.list({ query: { subject, limit: 100, ...fromMs } }), signal),
    refetchInterval: 3_000
  })
  return (
    <Section
      title={words.say("trail.title")}
      actions={
        <Anchor component={Link} href={`~/audit?subject=${encodeURIComponent(subject)}`} size="sm">
          {words.say("trail.all")}
        </Anchor>
      }
    >
      <Remote query={entries} isEmpty={({ items }) => items.length === 0} empty="trail.none">
        {({ items }) => (
          <DataTable
            label={words.say("trail.title")}
            rows={items}
            rowKey={({ auditId }) => auditId}
            columns={columnsOf(words)}
          />
        )}
      </Remote>
    </Section>
  )
}
