import { TopicsFile } from "@millrace/contracts"
import { KafkaClient, type KafkaError } from "@millrace/kafka"
import { Clock, Duration, Effect, LogLevel } from "effect"
import { BroadcastIntake, partitionName } from "./BroadcastIntake.ts"
import { attemptChunk } from "./ChunkAttempt.ts"
import { InputIntake, type InputParts } from "./InputIntake.ts"
import { nothing } from "./Outgoing.ts"
import { makeOutlet } from "./Outlet.ts"
import { ParkedIntake } from "./ParkedIntake.ts"
import { makeRecordDecoder } from "./RecordDecoder.ts"
import type { RuntimeConfig } from "./RuntimeConfig.ts"
import { declaredTopic, inputPlan } from "./TopicPlan.ts"
import { makeTransactions } from "./Transactions.ts"
import { tracedAttempts } from "./tracedAttempt.ts"
import type { AnyBroadcast, AnyInput, Incoming } from "./Worker.ts"
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
const within = <A, E, R>(effect: Effect.Effect<A, E, R>) => effect as Effect.Effect<A, E>

/** Makes the intake of an input from its topic's declaration and its policy. */
export const openInput = Effect.fnUntraced(function* <R>(host: IntakeHost, spec: AnyInput<R>) {
  const topics = yield* TopicsFile
  const topic = yield* declaredTopic(host.worker, spec.contract)
  const plan = inputPlan(spec.contract, topic, topics.policyOf, spec.policy ?? {}, spec.chunk?.records)
  const metrics = yield* Effect.forEach(plan.lanes, (lane) =>
    laneMetrics({ worker: host.worker, topic: topic.name, lane: lane.name })
  )
  const chunkHandler = spec.chunk?.handle ?? (() => Effect.die("an input without a chunk handler takes no chunks"))
  const parts = {
    worker: host.worker,
    telling: yield* LogLevel.isEnabled("Debug"),
    plan,
    decoder: yield* makeRecordDecoder<unknown>(spec.contract),
    handle: (record: Incoming<unknown>) => within(spec.handle(record)),
    handleChunk: (records: ReadonlyArray<Incoming<unknown>>) => within(chunkHandler(records)),
    expired: (record: Incoming<unknown>) => within(spec.expired?.(record) ?? tooLate(host.worker, record)),
    outlet: yield* makeOutlet(host.worker, plan.deadLetterTopic),
    metrics,
    clock: yield* Clock.Clock,
    tracing: yield* tracedAttempts
  }
  const attempts = { ...parts, context: yield* Effect.context<R>() }
  const transactions = plan.transactional ? yield* makeTransactions(host.worker, host.worker) : undefined
  const intake = new InputIntake({ ...host, plan, attempts, transactions })
  return { intake, plan, metrics, parked: parkedIntake(attempts, intake) }
})

const tooLate = (worker: string, { lane, offset, partition, topic }: Incoming<unknown>) =>
  Effect.as(
    Effect.logInfo("expired before it was handled", { worker, jobId: `${topic}/${partition}/${offset}`, lane }),
    nothing
  )

/** Undefined where the topic keeps no parked records. */
const parkedIntake = (
  { context, plan, worker }: InputParts["attempts"],
  input: InputIntake
): ParkedIntake | undefined => {
  const topic = plan.parkedTopic
  if (topic === undefined) return undefined
  const log = (partition: number, offset: number) =>
    Effect.logError("parked record can't be read and stays where it is", { worker, topic, partition, offset })
  return new ParkedIntake(topic, {
    restored: (records) => input.restore(records),
    unreadable: (partition, offset) => Effect.runForkWith(context)(log(partition, offset))
  })
}

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
    tracing: yield* tracedAttempts,
    handling: new Set<object>()
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
  const timeoutMs = Duration.toMillis(topics.policyOf(topic.name).timeout)
  return { intake, topic: topic.name, lane: topic.defaultLane, metrics, handling: parts.handling, timeoutMs }
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
