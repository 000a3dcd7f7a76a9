import { TopicsFile } from "@millrace/contracts"
import { KafkaClient, type KafkaError } from "@millrace/kafka"
import { TracingEnabled } from "@millrace/telemetry"
import { Clock, Effect } from "effect"
import { BroadcastIntake, partitionName } from "./BroadcastIntake.ts"
import { attemptChunk } from "./ChunkAttempt.ts"
import { InputIntake } from "./InputIntake.ts"
import { makeOutlet } from "./Outlet.ts"
import { attemptRecord } from "./RecordAttempt.ts"
import { makeRecordDecoder } from "./RecordDecoder.ts"
import type { RecordJob } from "./RecordJob.ts"
import type { RuntimeConfig } from "./RuntimeConfig.ts"
import { declaredTopic, inputPlan } from "./TopicPlan.ts"
import type { AnyBroadcast, AnyInput } from "./Worker.ts"
import { laneMetrics } from "./WorkerMetrics.ts"

/** What the intakes of a worker have in common. */
export interface IntakeHost {
  readonly worker: string
  readonly config: RuntimeConfig
  /** Nothing is handled before this is true. */
  readonly open: () => boolean
  readonly onIdle: () => void
  readonly onDefect: (defect: unknown) => void
}

/** Marks what an intake runs only in the context taken beside it, so that intakes of any handler look alike. */
const within = <A, R>(effect: Effect.Effect<A, never, R>) => effect as Effect.Effect<A>

/** Makes the intake of an input from its topic's declaration and its policy. */
export const openInput = Effect.fnUntraced(function* <R>(host: IntakeHost, spec: AnyInput<R>) {
  const topics = yield* TopicsFile
  const topic = yield* declaredTopic(host.worker, spec.contract)
  const plan = inputPlan(spec.contract, topic, topics.policyOf, spec.policy ?? {})
  const metrics = yield* Effect.forEach(plan.lanes, (lane) =>
    laneMetrics({ worker: host.worker, topic: topic.name, lane: lane.name })
  )
  const parts = {
    worker: host.worker,
    plan,
    decoder: yield* makeRecordDecoder<unknown>(spec.contract),
    handle: spec.handle,
    outlet: yield* makeOutlet(host.worker, plan.deadLetterTopic),
    metrics,
    clock: yield* Clock.Clock,
    tracing: yield* TracingEnabled
  }
  const context = yield* Effect.context<R>()
  const attempt = (job: RecordJob) => within(attemptRecord(parts, job))
  const intake = new InputIntake({ ...host, plan, context, attempt })
  return { intake, plan, metrics }
})

/** Makes the intake of a broadcast, which goes on where this instance left off, else starts `from`. */
export const openBroadcast = Effect.fnUntraced(function* <R>(host: IntakeHost, groupId: string, spec: AnyBroadcast<R>) {
  const topics = yield* TopicsFile
  const topic = yield* declaredTopic(host.worker, spec.contract)
  const lanes = topic.lanes.map((lane) => ({ topic: lane.topic, lane: lane.name }))
  const metrics = yield* laneMetrics({ worker: host.worker, topic: topic.name, lane: topic.defaultLane })
  const parts = {
    worker: host.worker,
    decoder: yield* makeRecordDecoder<unknown>(spec.contract),
    handleChunk: spec.handleChunk,
    retry: topics.policyOf(topic.name).retry,
    outlet: yield* makeOutlet(host.worker, topic.deadLetters.topic),
    metrics,
    clock: yield* Clock.Clock,
    tracing: yield* TracingEnabled
  }
  const context = yield* Effect.context<R>()
  const intake = new BroadcastIntake({
    ...host,
    topics: lanes,
    from: spec.from === "end" ? "end" : "committed",
    committed: spec.from === "end" ? yield* committedOffsets(groupId, lanes) : new Map(),
    context,
    work: (chunk) => within(attemptChunk(parts, chunk))
  })
  return { intake, topic: topic.name, lane: topic.defaultLane, metrics }
})

const committedOffsets = (
  groupId: string,
  lanes: ReadonlyArray<{ readonly topic: string }>
): Effect.Effect<ReadonlyMap<string, number>, KafkaError, KafkaClient> =>
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    const topics = lanes.map(({ topic }) => topic)
    const commits = yield* admin.committed(groupId, topics)
    return new Map(commits.map((commit) => [partitionName(commit), commit.offset]))
  })
