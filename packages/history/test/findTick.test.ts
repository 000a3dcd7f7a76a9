import { assert, it } from "@effect/vitest"
import { marketTicks } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { Effect, Random, Schema } from "effect"
import { findTick, wallTimeOf } from "../src/index.ts"
import { tickOf } from "./fixtures.ts"
import { createTopics, historyLayer, writeAt } from "./HistoryBench.ts"

const wall = (atMs: number) => ({ _tag: "Wall", atMs }) as const
const market = (atMs: number) => ({ _tag: "Market", atMs }) as const

const priceAt = (moment: ReturnType<typeof wall> | ReturnType<typeof market>) =>
  Effect.map(findTick("btc_usd", moment), (tick) => tick.value.priceUsd)

const tickAt = (wallMs: number, marketTimeMs: number, priceUsd: number, epoch: number) =>
  writeAt(wallMs, marketTicks, { key: "btc_usd", value: tickOf(marketTimeMs, priceUsd, epoch) })

it.effect("finds the tick in force at a wall time and at a market time", () =>
  Effect.gen(function* () {
    yield* createTopics
    yield* tickAt(10_000, 100, 1, 1)
    yield* tickAt(11_000, 200, 2, 1)
    yield* tickAt(12_000, 300, 3, 1)
    assert.deepStrictEqual(
      yield* Effect.all([wall(10_000), wall(11_999), wall(12_000), wall(99_000)].map(priceAt)),
      [1, 2, 3, 3]
    )
    assert.deepStrictEqual(yield* Effect.all([market(100), market(299), market(300)].map(priceAt)), [1, 2, 3])
    assert.strictEqual(yield* wallTimeOf("btc_usd", market(250)), 11_000)
  }).pipe(Effect.provide(historyLayer))
)

it.effect("takes the newest lease, the last one where a market time was played again, and says what there is", () =>
  Effect.gen(function* () {
    yield* createTopics
    const none = yield* Effect.flip(findTick("btc_usd", wall(1)))
    assert.match(none.message, /No tick of btc_usd is recorded at 1970.*\(wall time\): none is recorded at all/u)
    yield* tickAt(10_000, 100, 1, 1)
    yield* tickAt(11_000, 300, 2, 1)
    yield* tickAt(12_000, 500, 3, 2)
    yield* tickAt(12_001, 310, 99, 1)
    yield* tickAt(13_000, 700, 4, 2)
    // The feed is started anew, in a later lease.
    yield* tickAt(20_000, 90, 11, 3)
    yield* tickAt(21_000, 310, 12, 3)
    assert.deepStrictEqual(
      yield* Effect.all([wall(12_500), wall(13_000)].map(priceAt)),
      [3, 4],
      "a former lease's tick"
    )
    assert.deepStrictEqual(
      yield* Effect.all([market(100), market(310), market(400), market(500), market(700)].map(priceAt)),
      [11, 12, 2, 3, 4]
    )
    const late = yield* Effect.flip(findTick("btc_usd", market(701)))
    assert.match(late.message, /the newest one is of 1970-01-01T00:00:00.310Z/u)
    const early = yield* Effect.flip(findTick("btc_usd", market(89)))
    assert.match(early.message, /the oldest one is of .*there were none before/u)
    const { admin } = yield* KafkaClient
    const partition = (yield* admin.offsets("market-ticks")).find(({ end }) => end > 0)!.partition
    yield* admin.deleteRecords("market-ticks", [{ partition, offset: 2 }])
    assert.match((yield* Effect.flip(findTick("btc_usd", wall(10_500)))).message, /older ones were deleted/u)
  }).pipe(Effect.provide(historyLayer))
)

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

it.effect.prop(
  "finds in any log of leases what a look at every tick finds",
  [Schema.Array(int(1, 30)).check(Schema.isMinLength(1), Schema.isMaxLength(8)), int(0, 2 ** 31)],
  ([lengths, seed]) =>
    Effect.gen(function* () {
      yield* createTopics
      const ticks: Array<{ wallMs: number; marketMs: number; price: number }> = []
      let marketMs = 1_000
      for (const [epoch, length] of lengths.entries()) {
        for (let n = 0; n < length; n++) {
          marketMs += yield* Random.nextIntBetween(1, 20)
          const tick = { wallMs: 10_000 + ticks.length * 7, marketMs, price: ticks.length + 1 }
          yield* tickAt(tick.wallMs, marketMs, tick.price, epoch + 1)
          ticks.push(tick)
        }
      }
      for (let n = 0; n < 40; n++) {
        const atMs = marketMs - (yield* Random.nextIntBetween(0, marketMs - 1_000))
        const expected = ticks.findLast((tick) => tick.marketMs <= atMs)
        const found = yield* Effect.option(priceAt(market(atMs)))
        assert.deepStrictEqual(found._tag === "Some" ? found.value : undefined, expected?.price)
      }
    }).pipe(Effect.provide(historyLayer), Random.withSeed(seed)),
  { arbitrary: { runs: 8 } }
)
