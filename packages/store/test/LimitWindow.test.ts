import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { makeLimitWindow } from "../src/LimitWindow.ts"
import type { RateLimit, TurnPriority } from "../src/RateLimit.ts"

const Arrival = Schema.Struct({
  afterMs: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 700 })),
  urgent: Schema.Boolean
})

const limit: RateLimit = {
  api: "exchange",
  subject: "account-1",
  algorithm: "sliding-window",
  limit: 5,
  reserve: 2,
  windowMs: 1000
}

interface Sent {
  readonly atMs: number
  readonly priority: TurnPriority
  readonly waitedMs: number
}

/** Sends each request as soon as the window lets it, in order. */
const run = (given: RateLimit, arrivals: ReadonlyArray<typeof Arrival.Type>): ReadonlyArray<Sent> => {
  const window = makeLimitWindow()
  let now = 0
  return arrivals.map(({ afterMs, urgent }) => {
    now += afterMs
    const priority = urgent ? "urgent" : "ordinary"
    const waitedMs = window.take(given, now, priority, Number.POSITIVE_INFINITY)
    now += waitedMs
    if (waitedMs > 0) assert.strictEqual(window.take(given, now, priority, 0), 0, "the wait that was told is enough")
    return { atMs: now, priority, waitedMs }
  })
}

const inWindowBefore = (sent: ReadonlyArray<Sent>, at: number): number => {
  const end = sent[at]!.atMs
  return sent.slice(0, at + 1).filter(({ atMs }) => atMs > end - 1000).length
}

describe("the window of a limit", () => {
  /**
   * @guarantee effects: Orders overtake reads, and the exchange's limits are kept
   * @how a budget per account with a reserve; a 429 holds back that account only
   */
  it.effect.prop("lets at most the limit through in any second", [Schema.Array(Arrival)], ([arrivals]) =>
    Effect.sync(() => {
      const sent = run(limit, arrivals)
      for (let i = 0; i < sent.length; i++) assert.isAtMost(inWindowBefore(sent, i), 5)
    })
  )

  it.effect.prop("lets an ordinary one through only while the reserve is untouched", [Schema.Array(Arrival)], ([all]) =>
    Effect.sync(() => {
      const sent = run(limit, all)
      sent.forEach(({ priority }, i) => {
        if (priority === "ordinary") assert.isAtMost(inWindowBefore(sent, i), 3)
      })
    })
  )

  it.effect.prop("never makes an urgent one wait behind ordinary ones alone", [Schema.Array(Arrival)], ([arrivals]) =>
    Effect.sync(() => {
      const ordinary = arrivals.map((arrival) => ({ ...arrival, urgent: false }))
      const urgent = { afterMs: 0, urgent: true }
      for (const { waitedMs } of run(limit, [...ordinary, urgent, urgent]).slice(-2)) assert.strictEqual(waitedMs, 0)
    })
  )

  it.effect.prop("lets a bucket's limit and what refilled through, no more", [Schema.Array(Arrival)], ([arrivals]) =>
    Effect.sync(() => {
      const sent = run({ ...limit, algorithm: "token-bucket" }, arrivals)
      sent.forEach(({ atMs }, i) => {
        for (let n = i; n < sent.length; n++) assert.isAtMost(n - i + 1, 5 + (sent[n]!.atMs - atMs) / 200 + 1e-6)
      })
    })
  )

  /** @guarantee effects: Orders overtake reads, and the exchange's limits are kept */
  it("holds everything back when the API says so", () => {
    const window = makeLimitWindow()
    window.blockUntil(3000)
    window.blockUntil(2000)
    assert.strictEqual(window.take(limit, 1000, "urgent", 0), 2000)
    assert.strictEqual(window.take(limit, 3000, "ordinary", 0), 0)
  })

  it("keeps ordinary ones behind an urgent one that waits, not behind one that gave up", () => {
    const window = makeLimitWindow()
    for (let n = 0; n < 5; n++) window.take(limit, n, "urgent", 0)
    assert.strictEqual(window.take(limit, 10, "urgent", 500), 990)
    assert.strictEqual(window.take(limit, 1002, "ordinary", 0), 0)
    const waits = makeLimitWindow()
    for (let n = 0; n < 5; n++) waits.take(limit, 0, "urgent", 0)
    assert.strictEqual(waits.take(limit, 0, "urgent", 1000), 1000)
    assert.strictEqual(waits.take(limit, 1010, "ordinary", 0), 10)
  })
})
