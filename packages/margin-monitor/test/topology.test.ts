import { assert, it } from "@effect/vitest"
import {
  accountState,
  accountStateKey,
  automationCommands,
  ConfluentCodec,
  type EvaluationProgress,
  marginEvents,
  marginState,
  marketTicks,
  RecordCodec,
  type TopicContract,
  TopicsFile,
  tradeLog
} from "@millrace/contracts"
import { KafkaClient, MemoryKafka, MemoryKafkaControl } from "@millrace/kafka"
import { DeadLetters, outgoing, Publisher, TradingControls } from "@millrace/runtime"
import { ConfigProvider, Effect, Layer, Result, Schedule } from "effect"
import { Outbox } from "../src/Outbox.ts"
import { ProgressReporter } from "../src/ProgressReporter.ts"
import { runMonitor } from "../src/topology.ts"
import { account, outcomeOf, position, priceAtLoss, rule, tickAt } from "./fixtures.ts"

/** The newest progress, as a simulator would get it. */
class Progress {
  latest: EvaluationProgress | undefined
  readonly layer = Layer.succeed(ProgressReporter, {
    report: (progress: () => EvaluationProgress) => {
      this.latest = progress()
    }
  })
}

const createTopics = Effect.gen(function* () {
  const kafka = yield* KafkaClient
  const topics = yield* TopicsFile
  yield* kafka.admin.createTopics(topics.physicalTopics())
})

const platform = Layer.effectDiscard(createTopics).pipe(
  Layer.provideMerge(DeadLetters.layer),
  Layer.provideMerge(Publisher.layerOf("test")),
  Layer.provideMerge(Layer.mergeAll(MemoryKafka.layer, ConfluentCodec.layerMemory, TopicsFile.layer)),
  Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ RUNTIME: { COMMIT_INTERVAL: "20 millis" } })))
)

/** Everything in a topic, decoded. */
const valuesOf = Effect.fnUntraced(function* <A>(contract: TopicContract<A>, topic: string = contract.name) {
  const control = yield* MemoryKafkaControl
  const codec = yield* RecordCodec
  const records = yield* control.records(topic)
  return records.flatMap(({ value }) =>
    value === null ? [] : [Result.getOrThrow(codec.decode(contract, value as Uint8Array<ArrayBuffer>))]
  )
})

const publish = Effect.fnUntraced(function* <A>(contract: TopicContract<A>, key: string, value: A) {
  const publisher = yield* Publisher
  yield* publisher.publish([outgoing(contract, { key, value, workspaceId: "w1" })])
})

const until = (condition: () => boolean) =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.fail("not yet" as const))).pipe(
    Effect.retry(Schedule.spaced("5 millis")),
    Effect.timeout("10 seconds"),
    Effect.orDie
  )

/** The worker as its process has it, until the scope closes. */
const startMonitor = (progress: Progress) =>
  Layer.build(
    Layer.effectDiscard(runMonitor).pipe(Layer.provide([Outbox.layer, progress.layer, TradingControls.layerActive]))
  )

/** @guarantee crash: monitor after the send, before the commit */
it.live("turns a tick into a command, closes it with outcome and position, and goes on after a restart", () =>
  Effect.gen(function* () {
    for (const row of [account, rule, position]) yield* publish(accountState, accountStateKey(row), row)
    const progress = new Progress()
    const first = Effect.scoped(
      Effect.gen(function* () {
        yield* startMonitor(progress)
        yield* until(() => progress.latest?.partitions.length === progress.latest?.partitionCount)
        yield* publish(marketTicks, "btc_usd", tickAt(3_000, priceAtLoss(0.86)))
        yield* until(() => progress.latest?.ticksEvaluated === 1)
        const commands = yield* valuesOf(automationCommands, "automation-commands.critical")
        assert.strictEqual(commands.length, 1)
        assert.deepStrictEqual(
          progress.latest?.openCommands,
          commands.map(({ commandId }) => commandId)
        )
        return commands[0]!
      })
    )
    const command = yield* first
    const again = new Progress()
    yield* Effect.scoped(
      Effect.gen(function* () {
        yield* startMonitor(again)
        yield* until(() => again.latest?.openCommands[0] === command.commandId)
        yield* publish(marketTicks, "btc_usd", tickAt(4_000, priceAtLoss(0.95)))
        yield* until(() => again.latest?.evaluatedToMs === 4_000)
        yield* publish(tradeLog, "a1", outcomeOf(command, "completed", "done"))
        const end = {
          ...position,
          status: "closed",
          closedAtMs: 3_000,
          revision: 2,
          commandId: command.commandId
        } as const
        yield* publish(accountState, accountStateKey(end), end)
        yield* until(() => again.latest?.openCommands.length === 0 && again.latest.positionsWatched === 0)
        assert.strictEqual((yield* valuesOf(automationCommands, "automation-commands.critical")).length, 1)
        const levels = (yield* valuesOf(marginEvents)).map(({ level }) => level)
        assert.deepStrictEqual(levels, ["warning", "critical"])
        const rowsLeft = Effect.gen(function* () {
          yield* (yield* MemoryKafkaControl).compact(marginState.name)
          return (yield* valuesOf(marginState)).map((row) => row._tag)
        })
        const left = yield* rowsLeft.pipe(
          Effect.repeat({ until: (tags) => tags.length === 1, schedule: Schedule.spaced("5 millis") }),
          Effect.timeout("10 seconds")
        )
        assert.deepStrictEqual(left, ["EvaluatedState"])
      })
    )
  }).pipe(Effect.provide(platform))
)
