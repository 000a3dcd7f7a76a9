import { Anchor, Checkbox, Group, NativeSelect, Stack, Text } from "@mantine/core"
import { type LetterInfo, LetterState } from "@millrace/api"
import {
  type Column,
  DataTable,
  Page,
  Remote,
  SearchField,
  useAddress,
  useNow,
  usePages,
  useWords,
  type Words
} from "@millrace/page-parts"
import { Schema } from "effect"
import { useState } from "react"
import { Link } from "wouter"
import { ask } from "./client.ts"
import { LetterMark } from "./LetterMark.tsx"
import { PurgeButton } from "./PurgeButton.tsx"
import { ReplayButton } from "./ReplayButton.tsx"
import { useMay } from "./useSession.ts"

const states = ["open", "quarantined", "replayed", "edited", "purged"] as const
const isState = Schema.is(LetterState)

interface Choosing {
  readonly may: boolean
  readonly chosen: ReadonlySet<string>
  readonly toggle: (letterId: string) => void
}

const waits = ({ state }: LetterInfo): boolean => state === "open" || state === "quarantined"

const columnsOf = (
  { say, format }: Words,
  topic: string,
  now: number,
  { may, chosen, toggle }: Choosing
): ReadonlyArray<Column<LetterInfo>> => [
  ...(may
    ? [
        {
          name: "letters.select" as const,
          width: "4.5rem",
          cell: (letter: LetterInfo) =>
            waits(letter) ? (
              <Checkbox
                aria-label={say("letters.choose", { id: letter.letterId })}
                checked={chosen.has(letter.letterId)}
                onChange={() => toggle(letter.letterId)}
              />
            ) : null
        }
      ]
    : []),
  {
    name: "letters.cause",
    width: "3fr",
    cell: ({ letterId, message, tag }) => (
      <Stack gap={0}>
        <Anchor component={Link} href={`/${topic}/letters/${letterId}`} fw={600} size="sm">
          {tag}
        </Anchor>
        <Text size="sm" lineClamp={2}>
          {message}
        </Text>
      </Stack>
    )
  },
  { name: "letters.state", width: "1.2fr", cell: ({ state }) => <LetterMark state={state} /> },
  { name: "letters.key", width: "1.5fr", cell: ({ key = "–" }) => key },
  { name: "letters.failed", width: "1.2fr", cell: ({ failedAtMs }) => format.ago(failedAtMs, now) },
  {
    name: "letters.attempts",
    width: "5rem",
    figure: true,
    cell: ({ attempts }) => (attempts === undefined ? "–" : format.number(attempts))
  }
]

const Chosen = ({
  topic,
  chosen,
  onClear
}: {
  readonly topic: string
  readonly chosen: ReadonlySet<string>
  readonly onClear: () => void
}) => {
  const { say } = useWords()
  const selection = { letterIds: [...chosen] }
  return (
    <Group gap="sm" mih={34}>
      <Text size="sm" role="status">
        {say("letters.chosen", { count: chosen.size })}
      </Text>
      <ReplayButton topic={topic} selection={selection} offered={chosen.size > 0} onDone={onClear} />
      <PurgeButton topic={topic} selection={selection} count={chosen.size} offered={chosen.size > 0} onDone={onClear} />
      {chosen.size > 0 && (
        <Anchor component="button" size="sm" onClick={onClear}>
          {say("letters.chooseNone")}
        </Anchor>
      )}
    </Group>
  )
}

/** Single letters of a topic, of one cause or all: in the order in which they were set aside within a partition. */
export const LetterList = ({ topic }: { readonly topic: string }) => {
  const words = useWords()
  const { say } = words
  const now = useNow()
  const may = useMay("replay")
  const { read, write } = useAddress()
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set())
  const [state, fingerprint, key] = [read("state"), read("fingerprint"), read("key")]
  const asked = {
    ...(isState(state) ? { state } : {}),
    ...(fingerprint === "" ? {} : { fingerprint }),
    ...(key === "" ? {} : { key })
  }
  const { query, rows, total, onMore } = usePages<LetterInfo>({
    queryKey: ["letters", "list", topic, state, fingerprint, key],
    load: (page, signal) =>
      ask((api) => api.deadLetters.letters({ params: { topic }, query: { ...page, ...asked, limit: 100 } }), signal),
    everyMs: 10_000
  })
  const toggle = (letterId: string) =>
    choose((before) => {
      const after = new Set(before)
      if (!after.delete(letterId)) after.add(letterId)
      return after
    })
  return (
    <Page title={say("letters.ofTopic", { topic })}>
      <Anchor component={Link} href={`/${topic}`} size="sm">
        {say("letters.backToGroups")}
      </Anchor>
      <Group>
        <NativeSelect
          aria-label={say("letters.state")}
          value={isState(state) ? state : ""}
          onChange={(event) => write({ state: event.currentTarget.value })}
          data={[
            { value: "", label: say("letterState.any") },
            ...states.map((one) => ({ value: one, label: say(`letterState.${one}`) }))
          ]}
        />
        <SearchField label={say("letters.wholeKey")} value={key} onSearch={(text) => write({ key: text }, true)} />
        {fingerprint !== "" && (
          <Anchor component="button" size="sm" onClick={() => write({ fingerprint: "" })}>
            {say("letters.anyCause")}
          </Anchor>
        )}
      </Group>
      {may && <Chosen topic={topic} chosen={chosen} onClear={() => choose(new Set())} />}
      <Remote query={query} isEmpty={() => rows.length === 0} empty="letters.noMatch">
        {() => (
          <DataTable
            label={say("letters.list")}
            rows={rows}
            rowKey={({ letterId }) => letterId}
            columns={columnsOf(words, topic, now, { may, chosen, toggle })}
            total={total}
            onMore={onMore}
          />
        )}
      </Remote>
    </Page>
  )
}
