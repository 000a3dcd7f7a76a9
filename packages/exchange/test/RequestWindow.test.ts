import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { makeRequestWindow, type RequestPriority } from "../src/RequestWindow.ts"

const Arrival = Schema.Struct({
  afterMs: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 700 })),
  order: Schema.Boolean
})

interface Sent {
  readonly atMs: number
  readonly priority: RequestPriority
}

/** Sends each request as soon as the window lets it, in order. */
const run = (
  limit: number,
  reserve: number,
  arrivals: ReadonlyArray<typeof Arrival.Type>
): ReadonlyArray<Sent & { readonly waitedMs: number }> => {
  const window = makeRequestWindow(limit, reserve, 1000)
  let now = 0
  return arrivals.map(({ afterMs, order }) => {
    now += afterMs
    const priority = order ? "order" : "read"
    const waitedMs = window.waitMs(now, priority)
    now += waitedMs
    assert.strictEqual(window.waitMs(now, priority), 0)
    window.note(now)
    return { atMs: now, priority, waitedMs }
  })
}

const inWindowBefore = (sent: ReadonlyArray<Sent>, at: number): number => {
  const end = sent[at]!.atMs
  return sent.slice(0, at + 1).filter(({ atMs }) => atMs > end - 1000).length
}

describe("the request window", () => {
  it.effect.prop("lets at most the limit through in any second", [Schema.Array(Arrival)], ([arrivals]) =>
    Effect.sync(() => {
      const sent = run(5, 2, arrivals)
      for (let i = 0; i < sent.length; i++) assert.isAtMost(inWindowBefore(sent, i), 5)
    })
  )

  it.effect.prop("lets a read through only while the reserve is untouched", [Schema.Array(Arrival)], ([arrivals]) =>
    Effect.sync(() => {
      const sent = run(5, 2, arrivals)
      sent.forEach(({ priority }, i) => {
        if (priority === "read") assert.isAtMost(inWindowBefore(sent, i), 3)
      })
    })
  )

  it.effect.prop("never makes an order wait behind reads alone", [Schema.Array(Arrival)], ([arrivals]) =>
    Effect.sync(() => {
      const reads = arrivals.map((arrival) => ({ ...arrival, order: false }))
      const sent = run(5, 2, [...reads, { afterMs: 0, order: true }, { afterMs: 0, order: true }])
      for (const order of sent.slice(-2)) assert.strictEqual(order.waitedMs, 0)
    })
  )

  it("holds everything back when the exchange says so", () => {
    const window = makeRequestWindow(5, 2, 1000)
    window.holdUntil(3000)
    assert.strictEqual(window.waitMs(1000, "order"), 2000)
    assert.strictEqual(window.waitMs(3000, "read"), 0)
  })
})
