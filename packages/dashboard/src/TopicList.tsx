import { Anchor, Stack, Text } from "@mantine/core"
import type { TopicInfo } from "@millrace/api"
import type { Pause } from "@millrace/contracts/schemas"
import {
  type Column,
  DataTable,
  Page,
  Remote,
  SearchField,
  useAddress,
  useWords,
  type Words
} from "@millrace/page-parts"
import { Link } from "wouter"
import { PauseButton } from "./PauseButton.tsx"
import { PauseList } from "./PauseList.tsx"
import { keepingOf, largestLag, partitionsOf, recordsOf } from "./topicFigures.ts"
import { pauseOf, usePauses } from "./usePauses.ts"
import { useTopics } from "./useTopics.ts"

type Pauses = ReadonlyArray<Pause> | undefined

const columnsOf = (words: Words, pauses: Pauses): ReadonlyArray<Column<TopicInfo>> => {
  const { say, format } = words
  return [
    {
      name: "topic.name",
      width: "2.5fr",
      cell: ({ about, topic }) => (
        <Stack gap={0}>
          <Anchor component={Link} href={`/${topic}`} fw={600} size="sm">
            {topic}
          </Anchor>
          <Text size="xs" c="dimmed" lineClamp={1} title={about}>
            {about}
          </Text>
        </Stack>
      )
    },
    {
      name: "topic.lanes",
      width: "1.5fr",
      cell: ({ lanes, topic }) => (
        <span>
          {lanes.map(({ lane }, n) => {
            const paused = pauseOf(pauses, { topic, lane: lane as never }) !== undefined
            return (
              <span key={lane} className={paused ? "warning" : undefined}>
                {`${n === 0 ? "" : ", "}${paused ? say("topic.paused", { lane }) : lane}`}
              </span>
            )
          })}
        </span>
      )
    },
    { name: "topic.partitions", figure: true, cell: (topic) => format.number(partitionsOf(topic)) },
    { name: "topic.records", figure: true, cell: (topic) => format.number(recordsOf(topic)) },
    {
      name: "topic.lag",
      figure: true,
      cell: (topic) => {
        const lag = largestLag(topic)
        return lag === undefined ? "–" : format.number(lag)
      }
    },
    { name: "topic.keeping", width: "1.2fr", cell: (topic) => keepingOf(words, topic) },
    {
      name: "topic.actions",
      width: "7rem",
      cell: ({ topic }) => <PauseButton scope={{ topic }} pause={pauseOf(pauses, { topic })} />
    }
  ]
}

/** The topics, and the pauses that hold. */
export const TopicList = () => {
  const words = useWords()
  const { say } = words
  const { read, write } = useAddress()
  const topics = useTopics()
  const pauses = usePauses()
  const search = read("search")
  const isMeant = ({ topic }: TopicInfo) => topic.includes(search.trim().toLowerCase())
  return (
    <Page title={say("nav.topics")} hint={say("topics.hint")}>
      <PauseList />
      <SearchField label={say("topics.search")} value={search} onSearch={(text) => write({ search: text }, true)} />
      <Remote
        query={topics}
        isEmpty={(all) => !all.some(isMeant)}
        empty={search === "" ? "topics.none" : "topics.noMatch"}
      >
        {(all) => (
          <DataTable
            label={say("nav.topics")}
            rows={all.filter(isMeant)}
            rowKey={({ topic }) => topic}
            columns={columnsOf(words, pauses.data?.pauses)}
          />
        )}
      </Remote>
    </Page>
  )
}
