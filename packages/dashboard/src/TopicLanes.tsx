import { Anchor, Stack } from "@mantine/core"
import type { GroupLagInfo, LaneInfo, TopicInfo } from "@millrace/api"
import type { Pause, PauseScope } from "@millrace/contracts/schemas"
import { type Column, DataTable, Facts, Section, StateMark, useWords, type Words } from "@millrace/page-parts"
import { Link } from "wouter"
import { PauseButton } from "./PauseButton.tsx"
import { largestLag } from "./topicFigures.ts"
import { pauseOf, usePauses } from "./usePauses.ts"

type Lane = typeof LaneInfo.Type
type GroupLag = typeof GroupLagInfo.Type
type Kind = TopicInfo["kinds"][number]

const laneColumns = (
  { say, format }: Words,
  topic: TopicInfo,
  pauses: ReadonlyArray<Pause> | undefined
): ReadonlyArray<Column<Lane>> => {
  const scopeOf = ({ lane }: Lane): PauseScope => ({
    topic: topic.topic,
    lane: lane as NonNullable<PauseScope["lane"]>
  })
  return [
    { name: "lane.lane", cell: ({ isDefault, lane }) => (isDefault ? say("topic.isDefault", { lane }) : lane) },
    { name: "topic.physical", width: "2fr", cell: (lane) => lane.topic },
    {
      name: "topic.state",
      cell: (lane) => {
        const paused = pauseOf(pauses, scopeOf(lane)) !== undefined
        return <StateMark tone={paused ? "warning" : "good"} text={say(paused ? "topic.isPaused" : "topic.running")} />
      }
    },
    { name: "topic.partitions", figure: true, cell: ({ partitions }) => format.number(partitions) },
    { name: "topic.records", figure: true, cell: ({ records }) => format.number(records) },
    {
      name: "topic.lag",
      figure: true,
      cell: ({ lane }) => {
        const lag = largestLag(topic, lane)
        return lag === undefined ? "–" : format.number(lag)
      }
    },
    {
      name: "topic.actions",
      width: "7rem",
      cell: (lane) => <PauseButton scope={scopeOf(lane)} pause={pauseOf(pauses, scopeOf(lane))} />
    }
  ]
}

const groupColumns = ({ format }: Words): ReadonlyArray<Column<GroupLag>> => [
  { name: "topic.group", width: "2fr", cell: ({ group }) => group },
  { name: "lane.lane", cell: ({ lane }) => lane },
  { name: "lane.lag", figure: true, cell: ({ lag }) => format.number(lag) }
]

const kindColumns: ReadonlyArray<Column<Kind>> = [
  { name: "topic.kind", width: "1.5fr", cell: ({ name }) => name },
  { name: "topic.writer", cell: ({ writer }) => writer },
  { name: "topic.readers", width: "2fr", cell: ({ readers }) => (readers.length === 0 ? "–" : readers.join(", ")) }
]

/** A topic's lanes, the groups that read them, and who writes what. */
export const TopicLanes = ({ topic }: { readonly topic: TopicInfo }) => {
  const words = useWords()
  const { say } = words
  const pauses = usePauses()
  return (
    <Stack gap="md">
      <DataTable
        label={say("topic.lanes")}
        rows={topic.lanes}
        rowKey={({ lane }) => lane}
        columns={laneColumns(words, topic, pauses.data?.pauses)}
      />
      <Section title={say("topic.groups")} empty={topic.lag.length === 0 ? say("topic.noGroups") : undefined}>
        <DataTable
          label={say("topic.groups")}
          rows={topic.lag}
          rowKey={({ group, lane }) => `${group}/${lane}`}
          columns={groupColumns(words)}
        />
      </Section>
      <Section title={say("topic.kinds")}>
        <DataTable label={say("topic.kinds")} rows={topic.kinds} rowKey={({ name }) => name} columns={kindColumns} />
      </Section>
      <Facts
        facts={[
          [say("topic.key"), topic.key],
          [say("topic.partitionedBy"), topic.partitionedBy],
          [
            say("topic.letters"),
            <Anchor key="letters" component={Link} href={`~/dead-letters/${topic.topic}`} size="sm">
              {topic.deadLetterTopic}
            </Anchor>
          ],
          [say("topic.parked"), topic.parkedTopic ?? "–"]
        ]}
      />
    </Stack>
  )
}
