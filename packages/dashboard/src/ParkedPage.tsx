import { Alert, Anchor, NativeSelect, Stack } from "@mantine/core"
import type { ParkedInfo, TopicInfo } from "@millrace/api"
import {
  type Column,
  DataTable,
  Page,
  Remote,
  StateMark,
  useAddress,
  useNow,
  usePages,
  useWords,
  type Words
} from "@millrace/page-parts"
import { Link } from "wouter"
import { ask } from "./client.ts"
import { placeOf } from "./useRecords.ts"
import { useTopics } from "./useTopics.ts"

const nextOf = ({ format, say }: Words, { dueMs, running }: ParkedInfo, now: number): string => {
  if (running) return say("parked.running")
  return dueMs === 0 ? say("parked.itsTurn") : format.until(dueMs, now)
}

/** The record in its own topic; only its text where its lane is not known. */
const Origin = ({ entry, topics }: { readonly entry: ParkedInfo; readonly topics: ReadonlyArray<TopicInfo> }) => {
  const { say } = useWords()
  const { offset, partition, topic: physical } = entry
  const text = `${physical} ${partition} · ${offset}`
  const topic = topics.find(({ lanes }) => lanes.some((lane) => lane.topic === physical))
  const lane = topic?.lanes.find((one) => one.topic === physical)?.lane
  if (topic === undefined || lane === undefined) return <span>{text}</span>
  return (
    <Anchor
      component={Link}
      size="sm"
      href={`~/topics/${topic.topic}?record=${placeOf({ lane, partition, offset })}`}
      aria-label={say("parked.open", { place: text })}
    >
      {text}
    </Anchor>
  )
}

const columnsOf = (words: Words, now: number, topics: ReadonlyArray<TopicInfo>): ReadonlyArray<Column<ParkedInfo>> => {
  const { say, format } = words
  return [
    { name: "parked.record", width: "1.5fr", cell: (entry) => <Origin entry={entry} topics={topics} /> },
    { name: "parked.key", width: "1.5fr", cell: ({ key }) => <span className="preview">{key ?? "–"}</span> },
    {
      name: "parked.next",
      width: "1.2fr",
      cell: (entry) => (
        <span title={entry.dueMs === 0 ? undefined : format.moment(entry.dueMs)}>
          {entry.running ? <StateMark tone="good" text={say("parked.running")} /> : nextOf(words, entry, now)}
        </span>
      )
    },
    {
      name: "parked.since",
      cell: ({ firstFailureMs }) =>
        firstFailureMs === undefined ? (
          "–"
        ) : (
          <span title={format.moment(firstFailureMs)}>{format.ago(firstFailureMs, now)}</span>
        )
    },
    { name: "parked.failed", figure: true, cell: ({ failed }) => format.number(failed) },
    { name: "parked.why", width: "2.5fr", cell: ({ why }) => why ?? say("parked.behind") }
  ]
}

/** Records that wait for a later attempt outside of their lane: since when, until when, and why. */
const ParkedPage = () => {
  const words = useWords()
  const { say } = words
  const now = useNow()
  const { read, write } = useAddress()
  const topics = useTopics().data ?? []
  const topic = read("topic")
  const { query, rows, total, onMore } = usePages<ParkedInfo>({
    queryKey: ["parked", topic],
    load: (page, signal) =>
      ask((api) => api.topics.parked({ query: { ...page, limit: 100, ...(topic === "" ? {} : { topic }) } }), signal),
    everyMs: 5_000
  })
  const first = query.data?.pages[0] as { readonly complete?: boolean } | undefined
  return (
    <Page title={say("nav.parked")} hint={say("parked.hint")}>
      <Stack gap="sm">
        <NativeSelect
          label={say("parked.topic")}
          maw={320}
          value={topic}
          onChange={(event) => write({ topic: event.currentTarget.value })}
          data={[
            { value: "", label: say("parked.allTopics") },
            ...topics.filter(({ parkedTopic }) => parkedTopic !== undefined).map((one) => one.topic)
          ]}
        />
        {first?.complete === false && <Alert color="red">{say("parked.incomplete")}</Alert>}
        <Remote query={query} isEmpty={() => rows.length === 0} empty="parked.none">
          {() => (
            <DataTable
              label={say("nav.parked")}
              rows={rows}
              rowKey={({ offset, partition, topic: of }) => `${of}/${partition}/${offset}`}
              columns={columnsOf(words, now, topics)}
              total={total}
              onMore={onMore}
            />
          )}
        </Remote>
      </Stack>
    </Page>
  )
}

export default ParkedPage
