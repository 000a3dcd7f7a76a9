import { basename } from "node:path"
import type { RecordKind, TimerTarget, Topic, TopicContract, TopicsFile } from "@millrace/contracts"
import { type Outgoing, outgoing } from "@millrace/runtime"
import { Result, Schema } from "effect"

/** Topics that timers concern. */
export interface TimerTopics {
  /** Requests and firings. */
  readonly requests: TopicContract<unknown>
  /** Contracts of the topics that may be delivered to. */
  readonly targets: ReadonlyArray<TopicContract<unknown>>
}

/** Judges who may have what delivered where; plain and immediate. */
export interface TimerTargets {
  /** Undefined when topics.yaml names this owner as a writer of requests; else what is wrong. */
  readonly strangerIssue: (owner: string) => string | undefined
  /**
   * The record to deliver, or what is wrong with it: an unknown topic or lane, a topic that the owner does not write, a
   * payload that is not of the topic's schema or too large.
   */
  readonly recordOf: (
    owner: string,
    target: TimerTarget,
    payload: unknown,
    headers: Readonly<Record<string, string>>
  ) => Result.Result<Outgoing, string>
}

const writersOf = (kinds: ReadonlyArray<RecordKind>): string =>
  [...new Set(kinds.map((kind) => kind.writer))].join(", ")

/** Room for key, headers and the frame beside a record's value. */
const frameBytes = 2_048

/** The targets that a list of topics and the contracts known to the code allow. */
export const timerTargets = (file: TopicsFile["Service"], { requests, targets }: TimerTopics): TimerTargets => {
  // Reasons are shown to users, whom the folders of a server do not concern.
  const fileName = basename(file.file)
  const contracts = new Map(targets.map((contract) => [contract.name, contract]))

  const strangerIssue = (owner: string) => {
    const kinds = file.topic(requests.name)?.records.filter((kind) => kind.name !== "TimerFired") ?? []
    return kinds.some((kind) => kind.writer === owner)
      ? undefined
      : `${owner} is no declared writer of ${requests.name}. ${fileName} names ${writersOf(kinds)}; add a kind for ${owner} there`
  }

  const topicIssue = (owner: string, target: TimerTarget, topic: Topic) => {
    if (!topic.records.some((kind) => kind.writer === owner)) {
      return `${owner} writes no kind of record of ${target.topic}; ${fileName} names ${writersOf(topic.records)}`
    }
    const lanes = topic.lanes.map((lane) => lane.name)
    return target.lane === undefined || lanes.some((lane) => lane === target.lane)
      ? undefined
      : `${target.topic} has no lane ${target.lane}; its lanes are ${lanes.join(", ")}`
  }

  const recordOf: TimerTargets["recordOf"] = (owner, target, payload, headers) => {
    const topic = file.topic(target.topic)
    if (topic === undefined) return Result.fail(`${fileName} declares no topic ${target.topic}`)
    if (topic.name === requests.name) return Result.fail("a timer can't ask for timers; request each one as it is due")
    const issue = topicIssue(owner, target, topic)
    if (issue !== undefined) return Result.fail(issue)
    const contract = contracts.get(target.topic)
    if (contract === undefined)
      return Result.fail(`values of ${target.topic} have no schema yet, so nothing can be checked`)
    const value = Schema.decodeUnknownResult(contract.value, { onExcessProperty: "error" })(payload)
    if (Result.isFailure(value))
      return Result.fail(`its payload is no record of ${target.topic}: ${value.failure.message}`)
    const sizeBytes = Buffer.byteLength(JSON.stringify(payload)) + frameBytes
    if (sizeBytes > topic.maxMessageBytes) {
      return Result.fail(
        `its record has about ${sizeBytes} bytes; ${target.topic} takes ${topic.maxMessageBytes} at most`
      )
    }
    const { key, workspaceId, lane } = target
    return Result.succeed(
      outgoing(contract, { key, workspaceId, value: value.success, headers, ...(lane === undefined ? {} : { lane }) })
    )
  }

  return { strangerIssue, recordOf }
}
