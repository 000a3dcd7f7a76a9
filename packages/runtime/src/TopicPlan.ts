import { type RetryPolicy, type Topic, type TopicContract, type TopicPolicy, TopicsFile } from "@millrace/contracts"
import { Duration, Effect } from "effect"
import { WorkerStartError } from "./RuntimeError.ts"
import type { InputPolicy } from "./Worker.ts"

/** A lane of an input with the policy of its records. */
export interface LanePlan {
  readonly name: string
  /** Physical topic. */
  readonly topic: string
  readonly retry: RetryPolicy
  readonly timeoutMs: number
}

/** What topics.yaml and the worker say about an input. */
export interface InputPlan {
  readonly contract: TopicContract<unknown>
  /** Most urgent first. */
  readonly lanes: ReadonlyArray<LanePlan>
  readonly concurrency: number
  /** Handlers that only the most urgent lane may take. */
  readonly reserve: number
  readonly neverDeadLetter: boolean
  readonly transactional: boolean
  /** Records of a key that may be handled together. */
  readonly chunkRecords: number
  readonly deadLetterTopic: string
  /** Compacted topic of records that wait for long; undefined: they wait in memory. */
  readonly parkedTopic: string | undefined
}

const reserveShare = 0.2

/** Handlers kept for the most urgent lane: a fifth, at least one, never all; none where there is only one lane. */
export const reserveOf = (concurrency: number, lanes: number): number =>
  lanes < 2 ? 0 : Math.min(concurrency - 1, Math.max(1, Math.floor(concurrency * reserveShare)))

/** Joins the topic's declaration with the worker's own policy, which wins. */
export const inputPlan = (
  contract: TopicContract<unknown>,
  topic: Topic,
  policyOf: (name: string, lane?: string) => TopicPolicy,
  own: InputPolicy,
  chunkRecords = 1
): InputPlan => {
  const concurrency = Math.max(1, own.concurrency ?? policyOf(topic.name).concurrency)
  const lanes = topic.lanes.map((lane): LanePlan => {
    const policy = policyOf(topic.name, lane.name)
    return {
      name: lane.name,
      topic: lane.topic,
      retry: own.attempts === undefined ? policy.retry : { ...policy.retry, attempts: own.attempts },
      timeoutMs: Duration.toMillis(own.timeout ?? policy.timeout)
    }
  })
  return {
    contract,
    lanes,
    concurrency,
    reserve: Math.max(0, Math.min(own.reserve ?? reserveOf(concurrency, lanes.length), concurrency - 1)),
    neverDeadLetter: own.neverDeadLetter ?? false,
    chunkRecords,
    transactional: own.transactional ?? false,
    deadLetterTopic: topic.deadLetters.topic,
    parkedTopic: topic.parkedTopic
  }
}

/** The topic's declaration in topics.yaml. Fails with `WorkerStartError` when it is missing there. */
export const declaredTopic = (worker: string, contract: TopicContract<unknown>) =>
  Effect.gen(function* () {
    const topics = yield* TopicsFile
    return yield* topics
      .declared(contract.name)
      .pipe(Effect.mapError((cause) => new WorkerStartError({ worker, detail: cause.message, cause })))
  })
