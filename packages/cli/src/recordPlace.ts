import { type TopicContract, TopicsFile, topicContracts } from "@millrace/contracts"
import { nearest } from "@millrace/history"
import { Effect } from "effect"
import { misused } from "./CommandFailed.ts"

/** Where records lie, and how they are read. */
export interface RecordPlace {
  /** Topics of the broker. */
  readonly topics: ReadonlyArray<string>
  /** Absent: the topic's values have no schema yet. */
  readonly contract: TopicContract<unknown> | undefined
}

const contractOf = (name: string): TopicContract<unknown> | undefined =>
  (topicContracts as ReadonlyArray<TopicContract<unknown>>).find((contract) => contract.name === name)

/**
 * Finds a topic as topics.yaml or the broker names it: with all its lanes or one, `<topic>.dlq` and `<topic>.parked`
 * included. Ends with exit code 2 for one that there is not, and says which are most like it.
 */
export const recordPlace = Effect.fnUntraced(function* (asked: string, lane: string | undefined) {
  const topics = yield* TopicsFile
  const topic = topics.topic(asked)
  if (topic !== undefined) {
    const lanes = topic.lanes.filter(({ name }) => lane === undefined || name === lane)
    if (lanes.length > 0)
      return {
        topics: lanes.map((one) => one.topic),
        contract: contractOf(topic.name)
      } satisfies RecordPlace as RecordPlace
    const known = topic.lanes.map(({ name }) => name).join(", ")
    return yield* misused(`${topic.name} has no lane ${lane}. It has ${known}.`)
  }
  const physical = topics.physicalTopics().find((one) => one.topic === asked)
  if (physical !== undefined) {
    if (lane !== undefined)
      return yield* misused(`${asked} is one topic of the broker, without lanes: leave --lane out.`)
    return { topics: [asked], contract: contractOf(physical.logical) } satisfies RecordPlace as RecordPlace
  }
  const names = [...topics.all.map(({ name }) => name), ...topics.physicalTopics().map((one) => one.topic)]
  return yield* misused(
    `There is no topic ${asked}. Do you mean ${nearest(asked, [...new Set(names)], 3).join(", ")}? \`millrace topics list\` shows all.`
  )
})
