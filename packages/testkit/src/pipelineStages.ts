import {
  ConfluentCodec,
  makeTopics,
  type Topic,
  type TopicContract,
  type TopicPolicy,
  TopicsFile
} from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import {
  DeadLetters,
  type HandlerFailure,
  type Incoming,
  input,
  outgoing,
  Publisher,
  runWorker
} from "@millrace/runtime"
import { ConfigProvider, Duration, Effect, Layer, Schema } from "effect"
import { type Behaviour, behaviourUnder, outagesOf } from "./Behaviour.ts"
import type { HandlerEnd, Place } from "./History.ts"
import { placeName } from "./History.ts"
import { idHeader, originHeader } from "./ObservedClient.ts"
import type { PipelineTraits } from "./PipelineTraits.ts"
import type { ProcessPlace, Role, WatchedInput } from "./SimulatedWorld.ts"

/** What the records of this world hold: the n-th of a key in a lane. */
const Item = Schema.Struct({ id: Schema.String, n: Schema.Int })
export type Item = typeof Item.Type

const contract = (name: string): TopicContract<Item> => ({ name, value: Item, partitionKey: (key) => key })
export const orders = contract("sim-orders")
const shaped = contract("sim-shaped")
const receipts = contract("sim-receipts")

export const lanes = ["critical", "high", "low"] as const
/** Handlers at once, a higher lane's share, and the waits that the runtime is told; the checker knows them, too. */
export const limits = { concurrency: 3, laneShareEvery: 5, timeoutMs: 8_000, drainMs: 10_000, finishedByHolder: true }

const policy: TopicPolicy = {
  retry: {
    attempts: 3,
    backoff: "exponential",
    initial: Duration.millis(500),
    factor: 2,
    jitter: 0.2,
    cap: Duration.seconds(5)
  },
  timeout: Duration.millis(limits.timeoutMs),
  concurrency: limits.concurrency
}

const topic = (name: string, own: ReadonlyArray<(typeof lanes)[number]>, parked: boolean): Topic => ({
  name,
  about: "a simulated world",
  key: "id",
  partitionedBy: "id",
  lanes: own.map((lane) => ({
    name: lane,
    topic: lane === "high" ? name : `${name}.${lane}`,
    isDefault: lane === "high"
  })),
  defaultLane: "high",
  partitions: 3,
  replication: 1,
  keeping: { _tag: "Retained", retention: "forever" },
  maxMessageBytes: 1024 * 1024,
  policies: {},
  deadLetters: { topic: `${name}.dlq`, partitions: 1, retention: "forever" },
  ...(parked ? { parkedTopic: `${name}.parked` } : {}),
  records: []
})

export const pipelineTopics = ({ parked }: PipelineTraits) =>
  makeTopics(
    [topic("sim-orders", lanes, parked), topic("sim-shaped", ["high"], parked), topic("sim-receipts", ["high"], false)],
    policy
  )

export const pipelineInputs: ReadonlyArray<WatchedInput> = [
  { group: "sim-shaper", topics: lanes.map((lane) => (lane === "high" ? "sim-orders" : `sim-orders.${lane}`)) },
  { group: "sim-biller", topics: ["sim-shaped"] }
]

/** Settings that make bounds and shares be felt by a few dozen records. */
const settings = ConfigProvider.layer(
  ConfigProvider.fromUnknown({
    RUNTIME: {
      LANE_SHARE_EVERY: `${limits.laneShareEvery}`,
      BUFFER_RECORDS: "20",
      CHUNK_RECORDS: "10",
      PARK_AFTER: "5 seconds"
    }
  })
)

/** Two processes that shape orders and two that write receipts; each handler behaves as the seed says of its record. */
export const pipelineRoles = (seed: string, traits: PipelineTraits): ReadonlyArray<Role> =>
  (
    [
      ["sim-shaper", orders, shaped],
      ["sim-biller", shaped, receipts]
    ] as const
  ).flatMap(([name, from, to]) =>
    ["1", "2"].map((instance) => ({
      name: `${name}.${instance}`,
      start: (place) => startStage({ seed, traits, place, name, instance, from, to })
    }))
  )

interface Stage {
  readonly seed: string
  readonly traits: PipelineTraits
  readonly place: ProcessPlace
  readonly name: string
  readonly instance: string
  readonly from: TopicContract<Item>
  readonly to: TopicContract<Item>
}

const startStage = (stage: Stage) => {
  const services = DeadLetters.layer.pipe(
    Layer.provideMerge(Publisher.layerOf(stage.name)),
    Layer.provideMerge(
      Layer.mergeAll(
        Layer.succeed(KafkaClient, stage.place.client),
        ConfluentCodec.layerMemory,
        TopicsFile.layerOf(pipelineTopics(stage.traits)),
        settings
      )
    )
  )
  return Effect.flatMap(Layer.build(Layer.fresh(services)), (context) =>
    runWorker({
      name: stage.name,
      instance: stage.instance,
      inputs: [
        input({
          contract: stage.from,
          policy: { transactional: stage.traits.transactional },
          handle: (record) => handle(stage, record)
        })
      ],
      publishes: [stage.to]
    }).pipe(Effect.provideContext(context))
  )
}

/** Behaves as the seed says of the record, and notes its start and its end in the history. */
const handle = (stage: Stage, record: Incoming<Item>) => {
  const { place, seed, traits } = stage
  const { key, offset, partition, topic: physical } = record
  const at: Place = { topic: physical, partition, offset }
  const lane = pipelineInputs.find(({ group }) => group === stage.name)!.topics.indexOf(physical)
  const note = (result: HandlerEnd) =>
    Effect.sync(() => place.record({ type: "ended", topic: physical, partition, offset, key, result }))
  const outcome = {
    publish: [
      outgoing(stage.to, {
        key,
        value: record.value,
        workspaceId: "sim",
        headers: { [originHeader]: placeName(at), [idHeader]: record.headers[idHeader] ?? "" }
      })
    ]
  }
  const stageSeed = `${seed}/${stage.name}`
  return Effect.suspend(() => {
    const behaviour = behaviourUnder(traits, stageSeed, record.headers[idHeader] ?? "", record.attempt)
    place.record({ type: "started", topic: physical, partition, offset, key, lane, attempt: record.attempt })
    const down = traits.laneHolds && outagesOf(stageSeed, lane).some(([from, to]) => isWithin(place.nowMs(), from, to))
    const behaving = down
      ? laneDown
      : behaviour.kind === "deadly"
        ? die(stage, at, behaviour)
        : behave(behaviour, place.nowMs)
    return Effect.as(behaving, outcome)
  }).pipe(
    Effect.tap(() => note("done")),
    Effect.tapError((error) => note(resultOf(error))),
    Effect.tapDefect(() => note("defect")),
    Effect.onInterrupt(() => note("interrupted"))
  )
}

const isWithin = (ms: number, from: number, to: number): boolean => from <= ms && ms < to

const resultOf = ({ holds, kind }: HandlerFailure): HandlerEnd =>
  kind === "business" ? "refused" : holds === "lane" ? "down" : kind

const down: HandlerFailure = { _tag: "Simulated", kind: "system", holds: "lane", message: "the dependency is down" }
const laneDown = Effect.andThen(Effect.sleep("20 millis"), Effect.fail(down))

/** The sleep gives the end a turn of its own: nothing of the process is under way above it. */
const die = ({ place }: Stage, at: Place, { workMs }: Behaviour): Effect.Effect<void> =>
  Effect.andThen(
    Effect.sleep(workMs),
    Effect.suspend(() => {
      place.die(at)
      return Effect.never
    })
  )

const behave = (behaviour: Behaviour, nowMs: () => number): Effect.Effect<void, HandlerFailure> => {
  const { retryAfterMs } = behaviour
  const working = Effect.sleep(behaviour.workMs)
  const fails = (kind: HandlerFailure["kind"]) => {
    const failure: HandlerFailure = { _tag: "Simulated", kind, message: `a ${kind} failure` }
    return Effect.andThen(working, Effect.fail(retryAfterMs === undefined ? failure : { ...failure, retryAfterMs }))
  }
  switch (behaviour.kind) {
    case "done":
    case "deadly":
      return working
    case "stubborn":
      return Effect.uninterruptible(working)
    case "defect":
      return Effect.andThen(working, Effect.die(new Error("a simulated bug")))
    case "system":
      return Effect.suspend(() => (nowMs() < behaviour.downUntilMs ? fails("system") : working))
    default:
      return fails(behaviour.kind)
  }
}
