import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Logger } from "effect"
import { TestClock } from "effect/testing"
import { type LimitState, makeLocalLimitState } from "../src/LimitState.ts"
import type { RateLimit } from "../src/RateLimit.ts"
import { makeSharedLimitState } from "../src/SharedLimitState.ts"

const limit: RateLimit = {
  api: "exchange",
  subject: "account-1",
  algorithm: "sliding-window",
  limit: 8,
  windowMs: 60_000
}

/** A store of counts that can be away, refusing or silent, and that forgets when it was away. */
const makeStore = Effect.gen(function* () {
  const store = { mode: "up" as "up" | "refuses" | "silent", calls: 0, counts: yield* makeLocalLimitState }
  const call = <A>(self: () => Effect.Effect<A>): Effect.Effect<A, string> =>
    Effect.suspend(() => {
      store.calls += 1
      if (store.mode === "silent") return Effect.never
      return store.mode === "refuses" ? Effect.fail("connection refused") : self()
    })
  const remote: LimitState<string> = {
    take: (...args) => call(() => store.counts.take(...args)),
    block: (...args) => call(() => store.counts.block(...args))
  }
  const restart = Effect.map(makeLocalLimitState, (counts) => Object.assign(store, { mode: "up", counts }))
  const instance = Effect.flatMap(makeLocalLimitState, (local) =>
    makeSharedLimitState(remote, local, {
      share: 0.5,
      timeout: Duration.millis(250),
      retry: Duration.seconds(1)
    })
  )
  return { store, instance, restart }
})

/** Turns that are given now. */
const takeAll = (state: LimitState<never>, of: RateLimit = limit) =>
  Effect.gen(function* () {
    let taken = 0
    while ((yield* state.take(of, "urgent", 0)) === 0) taken += 1
    return taken
  })

describe("shared counts", () => {
  /**
   * @guarantee effects: Instances share the exchange's limits, and what one is told by a 429 holds for all
   * @how one count per account in Redis, by its clock; a block is a key there
   */
  it.effect("give all instances together one limit, and one block", () =>
    Effect.gen(function* () {
      const { instance } = yield* makeStore
      const [one, other] = [yield* instance, yield* instance]
      for (let n = 0; n < 3; n++) yield* one.take(limit, "urgent", 0)
      assert.strictEqual(yield* takeAll(other), 5)
      const blocked = { ...limit, subject: "account-2" }
      yield* one.block(blocked, 30_000)
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(yield* other.take(blocked, "urgent", 0), 1000)
    })
  )

  /**
   * @guarantee crash: Redis is killed, silent, or comes back empty
   * @redelivered nothing
   * @harmless each instance goes on at once with its share of each limit, knowing what it sent and what it was told not to send, and shares again by itself
   */
  it.effect("are replaced by an instance's share while they are away, and come back by themselves", () => {
    const log: Array<string> = []
    return Effect.gen(function* () {
      const { instance, restart, store } = yield* makeStore
      const one = yield* instance
      for (let n = 0; n < 3; n++) yield* one.take(limit, "urgent", 0)
      const blocked = { ...limit, subject: "account-2" }
      yield* one.block(blocked, 60_000)
      store.mode = "refuses"
      assert.strictEqual(yield* takeAll(one), 1, "its share of 4, of which 3 were sent before")
      assert.isFalse(one.shared())
      const asked = store.calls
      yield* takeAll(one, { ...limit, subject: "account-3" })
      assert.strictEqual(store.calls, asked, "nobody waits for a store that was away a moment ago")
      yield* restart
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* takeAll(one, { ...limit, subject: "account-4" }), 8)
      assert.isTrue(one.shared())
      assert.isAbove(yield* one.take(blocked, "urgent", 0), 0, "the store forgot the block, the instance did not")
      assert.deepStrictEqual(log, ["rate limits are not shared: Redis does not answer", "rate limits are shared again"])
    }).pipe(Effect.provide(Logger.layer([Logger.make(({ message }) => void log.push(String([message].flat()[0])))])))
  })

  /** @guarantee crash: Redis is killed, silent, or comes back empty */
  it.effect("that are silent delay one turn by the time-out, not every turn", () =>
    Effect.gen(function* () {
      const { instance, store } = yield* makeStore
      const one = yield* instance
      store.mode = "silent"
      const first = yield* Effect.forkChild(one.take(limit, "urgent", 0), { startImmediately: true })
      yield* TestClock.adjust("249 millis")
      assert.isUndefined(first.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.isDefined(first.pollUnsafe())
      assert.strictEqual(yield* takeAll(one), 3)
      assert.strictEqual(store.calls, 1)
    })
  )
})
