import { Anchor, Button, Group, Stack, Text } from "@mantine/core"
import type { LetterGroup } from "@millrace/api"
import { type Column, DataTable, Page, Remote, useNow, useWords, type Words } from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { Link } from "wouter"
import { AuditTrail } from "./AuditTrail.tsx"
import { ask } from "./client.ts"
import { PurgeButton } from "./PurgeButton.tsx"
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
  { say, format }: Words,
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
  {
    name: "letters.last",
    cell: ({ firstMs, lastMs }) => (
      <Stack gap={0}>
        <Text size="sm">{format.ago(lastMs, now)}</Text>
        <Text size="xs" c="dimmed">
          {say("letters.first", { when: format.ago(firstMs, now) })}
        </Text>
      </Stack>
    )
  },
  {
    name: "letters.actions",
    width: "16rem",
    cell: ({ fingerprint, counts }) => (
      <Group gap={6}>
        <Button
          component={Link}
          href={`/${topic}/letters?fingerprint=${encodeURIComponent(fingerprint)}`}
          variant="default"
          size="compact-sm"
        >
          {say("letters.look")}
        </Button>
        {mayReplay && <ReplayButton topic={topic} selection={{ fingerprint }} offered={counts.open > 0} />}
        {mayReplay && (
          <PurgeButton
            topic={topic}
            selection={{ fingerprint }}
            count={counts.open + counts.quarantined}
            offered={counts.open + counts.quarantined > 0}
          />
        )}
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
  const waiting = (groups.data ?? []).reduce((sum, { counts }) => sum + counts.open + counts.quarantined, 0)
  return (
    <Page
      title={topic}
      actions={
        mayReplay ? (
          <Group gap="xs">
            <ReplayButton topic={topic} selection={{ all: true }} offered={waiting > 0} label={say("replay.all")} />
            <PurgeButton
              topic={topic}
              selection={{ all: true }}
              offered={waiting > 0}
              count={waiting}
              label={say("purge.all")}
            />
          </Group>
        ) : null
      }
    >
      <Group gap="md">
        <Anchor component={Link} href="/" size="sm">
          {say("letters.back")}
        </Anchor>
        <Anchor component={Link} href={`/${topic}/letters`} size="sm">
          {say("letters.allOf")}
        </Anchor>
      </Group>
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
      <AuditTrail subject={`triage/${topic}/`} />
    </Page>
  )
}
