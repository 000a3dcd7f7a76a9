import { Anchor, Group, Stack, Text } from "@mantine/core"
import type { LetterGroup } from "@millrace/api"
import { type Column, DataTable, Page, Remote, useNow, useWords, type Words } from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { Link } from "wouter"
import { ask } from "./client.ts"
import { LetterButton } from "./LetterButton.tsx"
import { ReplayButton } from "./ReplayButton.tsx"
import { useMay } from "./useSession.ts"

const shown = 3

const Affected = ({ group }: { readonly group: LetterGroup }) => {
  const { say } = useWords()
  const names = group.affected.slice(0, shown).map(({ letters, name }) => `${name} (${letters})`)
  const more = group.affectedCount - names.length
  return (
    <Stack gap={0}>
      <Text size="xs" c="dimmed">
        {say("letters.affected", { kind: group.affectedAre })}
      </Text>
      <Text size="sm">{[...names, ...(more > 0 ? [say("letters.more", { count: more })] : [])].join(", ")}</Text>
    </Stack>
  )
}

const columnsOf = (
  { format }: Words,
  topic: string,
  mayReplay: boolean,
  now: number
): ReadonlyArray<Column<LetterGroup>> => [
  {
    name: "letters.cause",
    width: "3fr",
    cell: ({ kind, message, tag }) => (
      <Stack gap={0}>
        <Text size="sm" fw={600}>
          {tag}
        </Text>
        <Text size="sm">{message}</Text>
        <Text size="xs" c="dimmed">
          {kind}
        </Text>
      </Stack>
    )
  },
  { name: "letters.open", width: "5rem", figure: true, cell: ({ counts }) => format.number(counts.open) },
  { name: "letters.quarantined", width: "6rem", figure: true, cell: ({ counts }) => format.number(counts.quarantined) },
  { name: "letters.affectedColumn", width: "2fr", cell: (group) => <Affected group={group} /> },
  { name: "letters.last", cell: ({ lastMs }) => format.ago(lastMs, now) },
  {
    name: "letters.actions",
    width: "12rem",
    cell: ({ fingerprint, sampleId, counts }) => (
      <Group gap="xs">
        <LetterButton topic={topic} letterId={sampleId} />
        {mayReplay && counts.open > 0 && <ReplayButton topic={topic} fingerprint={fingerprint} />}
      </Group>
    )
  }
]

/** The dead letters of a topic by cause, most waiting ones first. */
export const LetterGroups = ({ topic }: { readonly topic: string }) => {
  const words = useWords()
  const { say } = words
  const now = useNow()
  const mayReplay = useMay("replay")
  const groups = useQuery({
    queryKey: ["letters", "groups", topic],
    queryFn: ({ signal }) => ask((api) => api.deadLetters.groups({ params: { topic }, query: {} }), signal),
    refetchInterval: 10_000
  })
  return (
    <Page title={topic}>
      <Anchor component={Link} href="/" size="sm">
        {say("letters.back")}
      </Anchor>
      <Remote query={groups} isEmpty={(all) => all.length === 0} empty="letters.noGroups">
        {(all) => (
          <DataTable
            label={say("nav.letters")}
            rows={all}
            rowKey={({ fingerprint }) => fingerprint}
            columns={columnsOf(words, topic, mayReplay, now)}
          />
        )}
      </Remote>
    </Page>
  )
}
