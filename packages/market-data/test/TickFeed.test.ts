import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { backfillPrices } from "../src/backfillPrices.ts"
import { makeTickFeed } from "../src/TickFeed.ts"

const options = {
  market: "btc_usd",
  epoch: 3,
  fallbackAfterMs: 2_000,
  staleAfterMs: 10_000,
  backfillAfterMs: 60_000,
  backfillMostMs: 43_200_000
}
const price = (marketTimeMs: number, priceUsd = 100) => ({ priceUsd, marketTimeMs, receivedAtMs: 5 })
const polled = (priceUsd: number) => ({ priceUsd, indexUsd: 101, receivedAtMs: 6 })

const Step = Schema.Struct({
  kind: Schema.Literals(["price", "poll", "connect", "disconnect"]),
  timeMs: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 })),
  priceUsd: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3 }))
})

describe("the feed of ticks", () => {
  it("makes a tick of a streamed price, with the leader's epoch", () => {
    const feed = makeTickFeed(options, 0)
    feed.onConnected(0)
    assert.deepStrictEqual(feed.onPrice(price(1_000), 1), {
      market: "btc_usd",
      priceUsd: 100,
      marketTimeMs: 1_000,
      receivedAtMs: 5,
      source: "stream",
      epoch: 3
    })
  })

  it("drops a price from before the last one, and a repeated one, but not another price of the same millisecond", () => {
    const feed = makeTickFeed(options, 0)
    feed.onPrice(price(1_000), 1)
    assert.isUndefined(feed.onPrice(price(999), 2))
    assert.isUndefined(feed.onPrice(price(1_000), 2))
    assert.strictEqual(feed.onPrice(price(1_000, 99), 2)?.priceUsd, 99)
  })

  it.effect.prop("never goes back in market time, whatever comes", [Schema.Array(Step)], ([steps]) =>
    Effect.sync(() => {
      const feed = makeTickFeed(options, 0)
      let now = 0
      let last = 0
      for (const { kind, priceUsd, timeMs } of steps) {
        now += 1_500
        if (kind === "connect") feed.onConnected(now)
        if (kind === "disconnect") feed.onDisconnected(now)
        const tick =
          kind === "price"
            ? feed.onPrice(price(timeMs, priceUsd), now)
            : kind === "poll"
              ? feed.onPoll(polled(priceUsd), feed.pollCause(now), now)
              : undefined
        if (tick === undefined) continue
        assert.isAtLeast(tick.marketTimeMs, last)
        last = tick.marketTimeMs
      }
    })
  )

  /** @guarantee crash: stream breaks while its reader lives */
  it("asks for polls once the stream was away for the configured time", () => {
    const feed = makeTickFeed(options, 0)
    feed.onConnected(0)
    feed.onPrice(price(1_000), 100)
    feed.onDisconnected(200)
    feed.onDisconnected(1_000)
    assert.strictEqual(feed.pollCause(2_199), "none")
    assert.strictEqual(feed.pollCause(2_200), "disconnected")
    feed.onConnected(3_000)
    assert.strictEqual(feed.pollCause(3_001), "none")
  })

  it("gives polled prices the market time that passed since the last streamed one", () => {
    const feed = makeTickFeed(options, 0)
    feed.onConnected(0)
    feed.onPrice(price(50_000), 100)
    feed.onDisconnected(200)
    assert.deepInclude(feed.onPoll(polled(90), "disconnected", 3_100), {
      marketTimeMs: 53_000,
      priceUsd: 90,
      indexUsd: 101,
      source: "poll"
    })
  })

  it("makes no tick of a poll while the market's time is not known", () => {
    const feed = makeTickFeed(options, 0)
    assert.isUndefined(feed.onPoll(polled(90), "disconnected", 3_000))
    feed.anchor(7_000, 3_000)
    assert.strictEqual(feed.onPoll(polled(90), "disconnected", 3_500)?.marketTimeMs, 7_500)
  })

  it("takes a silent stream for a quiet market until two polls in a row show another price", () => {
    const feed = makeTickFeed(options, 0)
    feed.onConnected(0)
    feed.onPrice(price(50_000, 100), 0)
    assert.strictEqual(feed.pollCause(9_999), "none")
    assert.strictEqual(feed.pollCause(10_000), "silent")
    assert.isUndefined(feed.onPoll(polled(100), "silent", 10_000))
    assert.isUndefined(feed.onPoll(polled(90), "silent", 11_000))
    assert.isUndefined(feed.onPoll(polled(100), "silent", 12_000))
    assert.isUndefined(feed.onPoll(polled(90), "silent", 13_000))
    assert.strictEqual(feed.onPoll(polled(90), "silent", 14_000)?.priceUsd, 90)
    feed.onPrice(price(70_000, 95), 15_000)
    assert.strictEqual(feed.pollCause(16_000), "none")
  })

  it("tells a gap only on the first price after a reconnect, and only a long one", () => {
    const feed = makeTickFeed(options, 0)
    feed.onConnected(0)
    assert.isUndefined(feed.gapBefore(price(0)))
    feed.onPrice(price(10_000), 1)
    assert.isUndefined(feed.gapBefore(price(500_000)))
    feed.onDisconnected(2)
    feed.onConnected(3)
    assert.isUndefined(feed.gapBefore(price(69_999)))
    assert.deepStrictEqual(feed.gapBefore(price(70_000)), { fromMs: 10_000, toMs: 70_000 })
    feed.onPrice(price(70_000), 4)
    assert.isUndefined(feed.gapBefore(price(500_000)))
  })
})

describe("prices of candles", () => {
  it("are four of each, in the order they went, and only those inside the gap", () => {
    const candles = [
      { timeMs: 60_000, open: 5, high: 9, low: 1, close: 2 },
      { timeMs: 0, open: 5, high: 9, low: 1, close: 8 }
    ]
    assert.deepStrictEqual(backfillPrices(candles, { fromMs: 0, toMs: 105_000 }), [
      { priceUsd: 1, marketTimeMs: 15_000 },
      { priceUsd: 9, marketTimeMs: 30_000 },
      { priceUsd: 8, marketTimeMs: 45_000 },
      { priceUsd: 5, marketTimeMs: 60_000 },
      { priceUsd: 9, marketTimeMs: 75_000 },
      { priceUsd: 1, marketTimeMs: 90_000 }
    ])
  })
})
