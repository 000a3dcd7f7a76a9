/** The heartbeat on Kafka in memory, with marks of a test's own in place of PostgreSQL's. */
import { assert, it } from "@effect/vitest"
import {
  ConfluentCodec,
  type Control,
  controls,
  RecordCodec,
  TopicsFile,
  type TradingSwitch
} from "@millrace/contracts"
import { KafkaClient, MemoryKafka, MemoryKafkaControl } from "@millrace/kafka"
import { Publisher, TradingBoard, TradingFeed } from "@millrace/runtime"
import { ControlStore, layerMemoryControlStore, type Restore, StoreError, StoreMarks } from "@millrace/store"
import { OperatorAlerts } from "@millrace/telemetry"
import { Effect, Layer, Result } from "effect"
import { makeStoreHeartbeat, restoreFound } from "../src/index.ts"

/** A database that can be set back, swapped and switched off. */
class ScriptedMarks {
  mark = 0
  storeId = "cluster-1"
  atMs = 0
  down = false
  open: Restore | undefined

  readonly layer = Layer.sync(StoreMarks, () =>
    StoreMarks.of({
      advance: (judge) =>
        Effect.suspend(() => {
          if (this.down)
            return Effect.fail(new StoreError({ operation: "mark the database", cause: new Error("down") }))
          const found = { mark: ++this.mark, storeId: this.storeId, formerAtMs: this.atMs }
          this.open ??= judge(found)
          return Effect.succeed(found)
        }),
      restore: Effect.sync(() => this.open),
      lost: () => Effect.succeed([]),
      settle: () =>
        Effect.sync(() => {
          this.open = undefined
        })
    })
  )
}

/** As the process reads its own heartbeat back. */
const heard = (board: TradingBoard, storeMark: number) =>
  board.change({ key: "heartbeat", value: beat(storeMark), offset: 10 })

const environment = (marks: ScriptedMarks, board: TradingBoard) =>
  Layer.mergeAll(
    marks.layer,
    layerMemoryControlStore,
    Layer.succeed(TradingFeed, board),
    Publisher.layerOf("test")
  ).pipe(Layer.provideMerge(Layer.mergeAll(MemoryKafka.layer, ConfluentCodec.layerMemory, TopicsFile.layer)))

const createControls = Effect.flatMap(KafkaClient, ({ admin }) =>
  admin.createTopics([{ topic: controls.name, partitions: 1, replication: 1, config: {} }])
)

const toldControls = Effect.gen(function* () {
  const codec = yield* RecordCodec
  const records = yield* (yield* MemoryKafkaControl).records(controls.name)
  return records.map(({ value }): Control | null =>
    value === null ? null : Result.getOrThrow(codec.decode(controls, value))
  )
})

/** What this process has read of the topic so far. */
const boardWith = (...rows: ReadonlyArray<Control>) => {
  const board = new TradingBoard({ staleAfterMs: 3_000, nowMs: () => 0 })
  for (const [offset, value] of rows.entries())
    board.change({ key: value._tag === "TradingSwitch" ? keyOf(value) : "heartbeat", value, offset })
  board.read()
  return board
}
const keyOf = ({ accountId, ruleId }: TradingSwitch) => `trading/${accountId ?? "*"}/${ruleId ?? "*"}`

const beat = (storeMark: number, storeId = "cluster-1"): Control => ({
  _tag: "ControlsHeartbeat",
  atMs: 5,
  storeMark,
  storeId
})

/**
 * @guarantee protection: After PostgreSQL was restored to an earlier state trading is HALTED until an operator has reconciled it
 * @how each heartbeat marks the database before Kafka is told the mark; less than was told, or another cluster, halts
 */
it("finds a database that lies behind what Kafka was told, or is another one, and no sound one", () => {
  const told = { _tag: "ControlsHeartbeat", atMs: 5, storeMark: 100, storeId: "one" } as const
  const found = { mark: 101, storeId: "one", formerAtMs: 7 }
  assert.isUndefined(restoreFound(told, found, 9))
  assert.isUndefined(restoreFound(undefined, found, 9))
  assert.isUndefined(restoreFound({ _tag: "ControlsHeartbeat", atMs: 5 }, found, 9), "of the version before")
  assert.deepStrictEqual(restoreFound(told, { ...found, mark: 98 }, 9), {
    reason: "PostgreSQL was restored: it lies 3 heartbeats behind what Kafka was told",
    foundAtMs: 9,
    missingFromMs: 7,
    missingToMs: 9
  })
  assert.isDefined(restoreFound(told, { ...found, mark: 100 }, 9))
  assert.include(restoreFound(told, { ...found, storeId: "two" }, 9)?.reason ?? "", "another cluster")
})

/** @guarantee protection: After PostgreSQL was restored to an earlier state trading is HALTED until an operator has reconciled it */
it.effect("halts before another heartbeat, keeps the switches that only Kafka knows, and goes on saying so", () => {
  const marks = new ScriptedMarks()
  const alarms: Array<string> = []
  marks.mark = 40
  const own: TradingSwitch = {
    _tag: "TradingSwitch",
    accountId: "a",
    mode: "REDUCE_ONLY",
    actor: "operator",
    reason: "x",
    atMs: 1
  }
  const board = boardWith(beat(100), own)
  return Effect.gen(function* () {
    yield* createControls
    const store = yield* ControlStore
    const { beat } = yield* makeStoreHeartbeat
    marks.down = true
    assert.isTrue(Result.isFailure(yield* Effect.result(beat)))
    marks.down = false
    yield* beat
    assert.deepStrictEqual(yield* toldControls, [], "the workers hear of the halt first")
    const held = yield* store.switches
    assert.deepStrictEqual(
      held.map(({ accountId, mode, actor }) => [accountId, mode, actor]),
      [
        [undefined, "HALTED", "control-api"],
        ["a", "REDUCE_ONLY", "operator"]
      ]
    )
    assert.include(held[0]?.reason ?? "", "PostgreSQL was restored")
    yield* beat
    assert.deepInclude((yield* toldControls)[0], { _tag: "ControlsHeartbeat", storeMark: 42 })
    heard(board, 42)
    yield* store.lift({}, { actor: "somebody" })
    yield* beat
    assert.strictEqual((yield* store.switches)[0]?.mode, "HALTED", "lifting alone does not end it")
    assert.deepStrictEqual(new Set(alarms), new Set(["restored database"]))
    yield* (yield* StoreMarks).settle([], "ann")
    yield* store.lift({}, { actor: "operator" })
    yield* beat
    assert.lengthOf(yield* store.switches, 1)
  }).pipe(
    Effect.provideService(OperatorAlerts, {
      raise: ({ subject }) => Effect.sync(() => void alarms.push(subject)),
      clear: () => Effect.void
    }),
    Effect.provide(environment(marks, board))
  )
})

it.effect("tells Kafka each mark after it was committed, and halts nothing on a sound database", () => {
  const marks = new ScriptedMarks()
  return Effect.gen(function* () {
    yield* createControls
    const { beat } = yield* makeStoreHeartbeat
    yield* beat
    yield* beat
    assert.deepStrictEqual(
      (yield* toldControls).map((one) => one?._tag === "ControlsHeartbeat" && [one.storeMark, one.storeId]),
      [
        [1, "cluster-1"],
        [2, "cluster-1"]
      ]
    )
    assert.deepStrictEqual(yield* (yield* ControlStore).switches, [])
  }).pipe(Effect.provide(environment(marks, boardWith())))
})
