import { assert, layer as describeLayer } from "@effect/vitest"
import { Leases } from "@millrace/store"
import { Effect, type Layer } from "effect"

/** What every lease store promises; each test has a lease of its own. Runs on the real clock. */
export const leaseSuite = <E>(name: string, leases: Layer.Layer<Leases, E>): void =>
  describeLayer(leases, { excludeTestServices: true })(`leases: ${name}`, (it) => {
    /** @guarantee crash: market-data ends before a tick is sent, or loses its lease */
    it.effect("gives a lease to one of many owners at a time", () =>
      Effect.gen(function* () {
        const store = yield* Leases
        for (let round = 0; round < 20; round++) {
          const taken = yield* Effect.forEach(
            Array.from({ length: 8 }),
            (_, owner) => store.acquire(`many-${round}`, `owner-${owner}`, "1 minute"),
            { concurrency: 8 }
          )
          assert.lengthOf(
            taken.filter((lease) => lease !== undefined),
            1
          )
        }
      })
    )

    /** @guarantee crash: market-data ends before a tick is sent, or loses its lease */
    it.effect("counts a new epoch at each take-over, also by a restarted owner of the same name", () =>
      Effect.gen(function* () {
        const store = yield* Leases
        const first = yield* store.acquire("epochs", "a", "1 minute")
        assert.deepStrictEqual(first, { name: "epochs", owner: "a", epoch: 1 })
        const restarted = yield* store.acquire("epochs", "a", "1 minute")
        assert.strictEqual(restarted?.epoch, 2)
        assert.isFalse(yield* store.renew(first!, "1 minute"), "the former epoch is over")
        yield* store.release(first!)
        assert.isUndefined(yield* store.acquire("epochs", "b", "1 minute"), "a former holder releases nothing")
        yield* store.release(restarted!)
        assert.deepStrictEqual(yield* store.acquire("epochs", "b", "1 minute"), {
          name: "epochs",
          owner: "b",
          epoch: 3
        })
      })
    )

    it.effect("lets another owner in once the time is over, and not while it is renewed", () =>
      Effect.gen(function* () {
        const store = yield* Leases
        const first = yield* store.acquire("expiry", "a", "150 millis")
        assert.isTrue(yield* store.renew(first!, "10 seconds"))
        yield* Effect.sleep("200 millis")
        assert.isUndefined(yield* store.acquire("expiry", "b", "1 minute"))
        assert.isTrue(yield* store.renew(first!, "1 millis"))
        yield* Effect.sleep("20 millis")
        assert.isFalse(yield* store.renew(first!, "1 minute"), "what has expired can't be renewed")
        assert.strictEqual((yield* store.acquire("expiry", "b", "1 minute"))?.epoch, 2)
      })
    )
  })
