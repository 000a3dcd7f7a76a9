import { assert, it } from "@effect/vitest"
import { automationCommands, decisions, marketTicks } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { History } from "../src/index.ts"
import { decision, tickOf } from "./fixtures.ts"
import { createTopics, historyLayer, writeAt } from "./HistoryBench.ts"

const day = 86_400_000

const priced = Effect.fnUntraced(function* (selection: { fromMs?: number; toMs?: number; partitionKey?: string }) {
  const { records } = yield* History
  const found = yield* Stream.runCollect(records(marketTicks, selection))
  return found.map((record) => record.value?.priceUsd)
})

it.effect("reads a range by wall time, from the first time on and without the second", () =>
  Effect.gen(function* () {
    yield* createTopics
    for (const at of [1, 2, 3, 4, 5])
      yield* writeAt(at * 1000, marketTicks, { key: "btc_usd", value: tickOf(at * 1000, at) })
    assert.deepStrictEqual(yield* priced({ fromMs: 2000, toMs: 4000 }), [2, 3])
    assert.deepStrictEqual(yield* priced({ fromMs: 2001 }), [3, 4, 5])
    assert.deepStrictEqual(yield* priced({ toMs: 2001 }), [1, 2])
    assert.deepStrictEqual(yield* priced({}), [1, 2, 3, 4, 5])
    assert.deepStrictEqual(yield* priced({ partitionKey: "eth_usd" }), [])
  }).pipe(Effect.provide(historyLayer))
)

it.effect("merges lanes and partitions by time, and keeps each partition's own order", () =>
  Effect.gen(function* () {
    yield* createTopics
    const { records } = yield* History
    const command = (commandId: string, accountId: string) => ({
      commandId,
      accountId,
      ruleId: "guard-1",
      ruleVersion: 1,
      positionRevision: 1,
      attempt: 1,
      action: { _tag: "close_position" as const },
      dryRun: false,
      marketTimeMs: 1,
      priceUsd: 1,
      tickReceivedAtMs: 1,
      decidedAtMs: 1
    })
    const wanted: Array<string> = []
    for (let n = 0; n < 300; n++) {
      const accountId = `a${n % 7}`
      const lane = ["critical", "high", "low"][n % 3]!
      yield* writeAt(1000 + n, automationCommands, { key: `${accountId}/p1`, value: command(`c${n}`, accountId), lane })
      wanted.push(`c${n}`)
    }
    const found = yield* Stream.runCollect(records(automationCommands, { fromMs: 0 }))
    assert.deepStrictEqual(
      found.map((record) => record.value?.commandId),
      wanted
    )
    const one = yield* Stream.runCollect(records(automationCommands, { fromMs: 1100, partitionKey: "a3" }))
    assert.deepStrictEqual(
      one.map((record) => record.value?.commandId),
      wanted.filter((_, n) => n >= 100 && n % 7 === 3)
    )
  }).pipe(Effect.provide(historyLayer))
)

/**
 * @guarantee operation: What was recorded is told from complete records or not at all
 * @how a range, or the state at a time, that reaches beyond what retention left is refused, with the oldest time left
 */
it.effect("refuses a range beyond retention and says what is left", () =>
  Effect.gen(function* () {
    yield* createTopics
    const { admin } = yield* KafkaClient
    const { records } = yield* History
    for (const n of [1, 2, 3, 4]) yield* writeAt(n * day, decisions, { key: "a1", value: { ...decision, priceUsd: n } })
    const partition = (yield* admin.offsets("decisions")).find(({ end }) => end > 0)!.partition
    const of = (fromMs: number) => Stream.runCollect(records(decisions, { fromMs, partitionKey: "a1" }))
    yield* TestClock.setTime(93 * day)
    assert.strictEqual((yield* of(0)).length, 4, "nothing was deleted yet")
    yield* admin.deleteRecords("decisions", [{ partition, offset: 2 }])
    const error = yield* Effect.flip(of(2 * day))
    assert.strictEqual(error._tag, "BeyondRetention")
    assert.match(error.message, /decisions no longer has the records of 1970-01-03.*oldest one left is of 1970-01-04/u)
    assert.strictEqual((yield* of(3 * day)).length, 2, "from the oldest one left on")
    assert.strictEqual((yield* Stream.runCollect(records(decisions, { partitionKey: "a1" }))).length, 2)
    yield* admin.deleteRecords("decisions", [{ partition, offset: 4 }])
    assert.match((yield* Effect.flip(of(3 * day - 1))).message, /none is left/u)
    assert.deepStrictEqual(yield* of(3 * day), [], "of what is younger than the retention nothing can be gone")
  }).pipe(Effect.provide(historyLayer))
)

it.effect("leaves out what can't be decoded", () =>
  Effect.gen(function* () {
    yield* createTopics
    const { producer } = yield* KafkaClient
    const { send } = yield* producer({ clientId: "stranger" })
    yield* writeAt(1000, marketTicks, { key: "btc_usd", value: tickOf(1000, 1) })
    const partition = (yield* (yield* KafkaClient).admin.offsets("market-ticks")).find(({ end }) => end > 0)!.partition
    const key = new TextEncoder().encode("btc_usd")
    yield* send([{ topic: "market-ticks", partition, key, value: new TextEncoder().encode("no tick") }])
    yield* writeAt(2000, marketTicks, { key: "btc_usd", value: tickOf(2000, 2) })
    assert.deepStrictEqual(yield* priced({ fromMs: 0 }), [1, 2])
  }).pipe(Effect.provide(historyLayer), Effect.scoped)
)

it.effect("looks back window by window until it is told enough, and says whether all there was was seen", () =>
  Effect.gen(function* () {
    yield* createTopics
    const { admin } = yield* KafkaClient
    const history = yield* History
    for (let n = 0; n < 100; n++)
      yield* writeAt(n * 3_600_000, decisions, { key: "a1", value: { ...decision, priceUsd: n + 1 } })
    const look = (enough: number) =>
      Effect.gen(function* () {
        const windows: Array<ReadonlyArray<number>> = []
        const end = yield* history.lookBack(decisions, { beforeMs: 99 * 3_600_000, partitionKey: "a1" }, (window) =>
          Effect.gen(function* () {
            const found = yield* Stream.runCollect(window)
            windows.push(found.map((record) => record.value!.priceUsd - 1))
            return windows.flat().length < enough
          })
        )
        return { end, windows }
      })
    const some = yield* look(5)
    assert.isUndefined(some.end)
    assert.deepStrictEqual(some.windows.toReversed().flat(), [92, 93, 94, 95, 96, 97, 98])
    const all = yield* look(Number.POSITIVE_INFINITY)
    assert.deepStrictEqual(all.end, { complete: true, oldestMs: undefined })
    assert.deepStrictEqual(
      all.windows.toReversed().flat(),
      Array.from({ length: 99 }, (_, n) => n)
    )
    const partition = (yield* admin.offsets("decisions")).find(({ end }) => end > 0)!.partition
    yield* admin.deleteRecords("decisions", [{ partition, offset: 10 }])
    yield* TestClock.setTime(200 * day)
    const left = yield* look(Number.POSITIVE_INFINITY)
    assert.deepStrictEqual(left.end, { complete: false, oldestMs: 10 * 3_600_000 })
    assert.strictEqual(left.windows.flat().length, 89)
  }).pipe(Effect.provide(historyLayer))
)
