/**
 * How long is a price inside market-data: from its receipt by the socket to the call of the producer?
 *
 * The simulated exchange pushes over a real socket; Kafka is in memory, so that only our own part is measured. Run with
 * `node packages/market-data/test/measureHop.ts [ticksPerSecond] [ticks]`.
 */
import "effect/schema/SchemaJITCompiler/enable"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { ConfluentCodec, marketTicks, RecordCodec, TopicsFile } from "@millrace/contracts"
import { layerExchange } from "@millrace/exchange"
import { KafkaClient, MemoryKafka } from "@millrace/kafka"
import { Publisher } from "@millrace/runtime"
import { Simulator } from "@millrace/simulators"
import { Credentials } from "@millrace/store"
import { wallClockMsOf } from "@millrace/telemetry"
import { Clock, ConfigProvider, Console, Effect, Layer, Result } from "effect"
import type { AccountDirectory } from "../src/AccountDirectory.ts"
import { lead } from "../src/Leader.ts"
import { MarketDataConfig } from "../src/MarketDataConfig.ts"
import { makeOutcomeRelay } from "../src/OutcomeRelay.ts"

const ticksPerSecond = Number(process.argv[2] ?? 50)
const wanted = Number(process.argv[3] ?? 1000)
const warmUp = Math.min(200, wanted / 5)

const hops: Array<number> = []

/** The in-memory broker, with a note of when the producer is called. */
const measured = Layer.effect(
  KafkaClient,
  Effect.gen(function* () {
    const kafka = yield* KafkaClient
    const codec = yield* RecordCodec
    const clock = yield* Clock.Clock
    return KafkaClient.of({
      ...kafka,
      producer: (options) =>
        Effect.map(kafka.producer(options), ({ send }) => ({
          send: (records) =>
            Effect.suspend(() => {
              const calledAtMs = wallClockMsOf(clock)
              for (const { topic, value } of records) {
                if (topic !== "market-ticks" || value === null) continue
                const tick = codec.decode(marketTicks, value)
                if (Result.isSuccess(tick)) hops.push(calledAtMs - tick.success.receivedAtMs)
              }
              return send(records)
            })
        }))
    })
  })
).pipe(Layer.provide(MemoryKafka.layer))

const created = Layer.effectDiscard(
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    yield* admin.createTopics((yield* TopicsFile).physicalTopics())
  })
)

const nobody = {
  account: () => undefined,
  accountIds: () => [],
  positions: () => [],
  isBusy: () => false,
  subscribe: () => Effect.void
} satisfies Omit<AccountDirectory, "table">

const measure = Effect.gen(function* () {
  const { exchange } = yield* Simulator
  const settings = yield* MarketDataConfig
  yield* lead(
    { settings, directory: nobody as unknown as AccountDirectory, outcomes: makeOutcomeRelay() },
    { epoch: 1, sinceMs: 0, tookOver: false, held: () => true }
  ).pipe(Effect.forkScoped)
  yield* Effect.sleep("500 millis")
  const pause = 1000 / ticksPerSecond
  const began = performance.now()
  for (let n = 0; n < wanted; n++) {
    const wait = began + n * pause - performance.now()
    if (wait > 0) yield* Effect.sleep(wait)
    exchange.tick({ price: 60_000 + (n % 100), timeMs: 1_000_000 + n * 1000 })
  }
  yield* Effect.sleep("500 millis")
  const sorted = hops.slice(warmUp).toSorted((a, b) => a - b)
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(3)
  yield* Console.log(
    `${hops.length} of ${wanted} ticks at ${ticksPerSecond}/s: p50 ${at(0.5)} p95 ${at(0.95)} p99 ${at(0.99)} max ${at(1)} ms`
  )
})

const exchangeOf = Layer.unwrap(
  Effect.map(Simulator, ({ addresses }) =>
    layerExchange.pipe(
      Layer.provide(
        ConfigProvider.layer(
          ConfigProvider.fromUnknown({ EXCHANGE: { REST_URL: addresses.rest, STREAM_URL: addresses.stream } })
        )
      )
    )
  )
)
const simulated = exchangeOf.pipe(
  Layer.provideMerge(Simulator.layer.pipe(Layer.provide(NodeFileSystem.layer))),
  Layer.provideMerge(Credentials.layerMemory({}))
)
const broker = Publisher.layerOf("measure-hop").pipe(
  Layer.provideMerge(created),
  Layer.provideMerge(measured),
  Layer.provideMerge(Layer.mergeAll(ConfluentCodec.layerMemory, TopicsFile.layer)),
  Layer.provide(NodeFileSystem.layer)
)

await Effect.runPromise(measure.pipe(Effect.scoped, Effect.provide([simulated, broker])))
