import { assert, describe, it } from "@effect/vitest"
import { Leases } from "@millrace/store"
import { Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { type Leadership, whileLeading } from "../src/Leadership.ts"

const options = (owner: string) => ({
  name: "market-data/btc_usd",
  owner,
  ttl: Duration.seconds(6),
  retry: Duration.seconds(1)
})

/** An instance that notes when it leads. */
const instance = Effect.fnUntraced(function* (owner: string) {
  const state: { leadership: Leadership | undefined; turns: number } = { leadership: undefined, turns: 0 }
  const fiber = yield* whileLeading(options(owner), (leadership) =>
    Effect.gen(function* () {
      state.leadership = leadership
      state.turns += 1
      return yield* Effect.never
    }).pipe(
      Effect.ensuring(
        Effect.sync(() => {
          state.leadership = undefined
        })
      )
    )
  ).pipe(Effect.forkScoped({ startImmediately: true }))
  return { state, fiber }
})

describe("leadership", () => {
  /** @guarantee crash: market-data ends before a tick is sent, or loses its lease */
  it.effect("is held by one instance, which renews it", () =>
    Effect.gen(function* () {
      const first = yield* instance("one")
      const second = yield* instance("two")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(first.state.leadership?.epoch, 1)
      assert.isTrue(first.state.leadership?.held())
      assert.strictEqual(first.state.turns, 1)
      assert.isUndefined(second.state.leadership)
    }).pipe(Effect.provide(Leases.layerMemory))
  )

  /** @guarantee crash: market-data ends before a tick is sent, or loses its lease */
  it.effect("is handed over at once by a stop, with a higher epoch", () =>
    Effect.gen(function* () {
      const first = yield* instance("one")
      const second = yield* instance("two")
      yield* Fiber.interrupt(first.fiber)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(second.state.leadership?.epoch, 2)
    }).pipe(Effect.provide(Leases.layerMemory))
  )

  /** @guarantee crash: market-data ends before a tick is sent, or loses its lease */
  it.effect("is lost when it was taken by another one", () =>
    Effect.gen(function* () {
      const first = yield* instance("one")
      const leases = yield* Leases
      yield* leases.release({ name: "market-data/btc_usd", owner: "one", epoch: 1 })
      yield* leases.acquire("market-data/btc_usd", "two", "1 minute")
      yield* TestClock.adjust("2 seconds")
      assert.isUndefined(first.state.leadership)
    }).pipe(Effect.provide(Leases.layerMemory))
  )

  /**
   * @guarantee crash: market-data goes on publishing as a former leader, or sent a tick before it ended
   * @redelivered ticks of the older epoch, or ticks a second time
   * @harmless it stops before its lease ends; ticks of an older epoch or an older market time, and repeated ones, are
   *   dropped
   */
  it.effect("ends by itself before its time when it can't be renewed", () =>
    Effect.gen(function* () {
      const leases = yield* Leases
      const mute = { ...leases, renew: () => Effect.never }
      const { state } = yield* instance("one").pipe(Effect.provideService(Leases, Leases.of(mute)))
      const { leadership } = state
      yield* TestClock.adjust("5300 millis")
      assert.isTrue(leadership?.held())
      yield* TestClock.adjust("100 millis")
      assert.isFalse(leadership?.held())
      assert.isUndefined(state.leadership)
    }).pipe(Effect.provide(Leases.layerMemory))
  )
})
