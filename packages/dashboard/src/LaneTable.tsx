import type { LaneFigures, Quantile } from "@millrace/api"
import type { Pause, PauseScope } from "@millrace/contracts/schemas"
import { type Column, DataTable, StateMark, useWords, type Words } from "@millrace/page-parts"
import { PauseButton } from "./PauseButton.tsx"
import { logicalTopic, pauseOf, usePauses } from "./usePauses.ts"

const within = ({ say, format }: Words, quantile: Quantile | undefined): string => {
  if (quantile === undefined) return "–"
  const time = format.duration(quantile.seconds * 1_000)
  return say(quantile.orMore ? "lane.above" : "lane.within", { time })
}

const scopeOf = ({ lane, topic }: LaneFigures): PauseScope => ({
  topic: logicalTopic(topic, lane),
  lane: lane as NonNullable<PauseScope["lane"]>
})

const columnsOf = (words: Words, pauses: ReadonlyArray<Pause> | undefined): ReadonlyArray<Column<LaneFigures>> => {
  const { say, format } = words
  return [
    { name: "lane.topic", width: "2fr", cell: ({ topic }) => topic },
    {
      name: "lane.lane",
      width: "4.5rem",
      cell: ({ lane, paused }) => (paused ? <StateMark tone="warning" text={`${lane}, ${say("lane.paused")}`} /> : lane)
    },
    { name: "lane.worker", width: "1.5fr", cell: ({ worker }) => worker },
    {
      name: "lane.rate",
      width: "5rem",
      figure: true,
      cell: ({ processedPerMinute }) => format.number(processedPerMinute)
    },
    { name: "lane.lag", width: "4rem", figure: true, cell: ({ lag }) => format.number(lag) },
    {
      name: "lane.failure",
      width: "4.5rem",
      figure: true,
      cell: ({ failureRate }) => (
        <span className={failureRate !== undefined && failureRate > 0.01 ? "bad" : undefined}>
          {failureRate === undefined ? "–" : format.percent(failureRate)}
        </span>
      )
    },
    {
      name: "lane.time",
      width: "9.5rem",
      figure: true,
      cell: ({ p50, p99 }) => `${within(words, p50)} / ${within(words, p99)}`
    },
    {
      name: "lane.flight",
      width: "5rem",
      figure: true,
      cell: ({ inFlight, buffered }) => `${format.number(inFlight)} / ${format.number(buffered)}`
    },
    { name: "lane.parked", width: "4rem", figure: true, cell: ({ parked }) => format.number(parked) },
    {
      name: "lane.age",
      width: "4.5rem",
      figure: true,
      cell: ({ oldestAgeMs }) => (oldestAgeMs === undefined ? "–" : format.duration(oldestAgeMs))
    },
    {
      name: "topic.actions",
      width: "6rem",
      cell: (lane) => <PauseButton scope={scopeOf(lane)} pause={pauseOf(pauses, scopeOf(lane))} />
    }
  ]
}

/** The lanes that workers read, over all processes that share them. */
export const LaneTable = ({ lanes }: { readonly lanes: ReadonlyArray<LaneFigures> }) => {
  const words = useWords()
  const pauses = usePauses()
  return (
    <DataTable
      label={words.say("overview.lanes")}
      rows={lanes}
      rowKey={({ worker, topic, lane }) => `${worker}/${topic}/${lane}`}
      columns={columnsOf(words, pauses.data?.pauses)}
    />
  )
}
