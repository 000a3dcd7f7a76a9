/**
 * What accounts and rules owe to the workers lies in the outbox: told in the order of versions, by one relay at a time, kept until it was
 * published.
 */
import { assert, layer } from "@effect/vitest"
import { AccountStore, Outbox } from "@millrace/store"
import { Effect, Stream } from "effect"
import { accountInput, drain, ruleInput, runOf, stores } from "./storedAccounts.ts"

layer(stores, { excludeTestServices: true })("the outbox of accounts", (it) => {
  /** @guarantee effects: A change of an account is stored and told, or neither, in order */
  it.effect("tells of changes in the order of their versions, also when many change one account at once", () =>
    Effect.gen(function* () {
      const store = yield* AccountStore
      const name = (n: number) => ({ ...accountInput("busy.1", "w1"), name: `name ${n}` })
      yield* Effect.forEach(
        Array.from({ length: 40 }, (_, n) => n),
        (n) => store.save({ accounts: [name(n)], rules: [ruleInput("busy.1", { threshold: 0.5 + n / 100 })] }),
        { concurrency: 10 }
      )
      const told = yield* drain
      for (const kind of ["Account", "Rule"]) {
        const versions = told.flatMap((entry) =>
          entry.topic === "account-state" && entry.value?._tag === kind && "version" in entry.value
            ? [entry.value.version]
            : []
        )
        assert.deepStrictEqual(
          versions,
          Array.from({ length: 40 }, (_, index) => index + 1)
        )
      }
      assert.strictEqual((yield* store.rulesOf("busy.1"))[0]?.version, 40)
    })
  )

  /** @guarantee crash: control-api between Kafka and the outbox mark */
  it.effect("keeps entries that could not be published, for the next pass", () =>
    Effect.gen(function* () {
      const store = yield* AccountStore
      const outbox = yield* Outbox
      yield* store.save({ accounts: [accountInput("kept.1", "w1")] })
      const failed = yield* Effect.flip(outbox.relay(10, () => Effect.fail("no broker")))
      assert.strictEqual(failed, "no broker")
      assert.strictEqual(yield* outbox.waiting, 1)
      assert.deepStrictEqual(
        (yield* drain).map((entry) => entry.key),
        ["account/kept.1/kept.1"]
      )
      assert.strictEqual(yield* outbox.waiting, 0)
      assert.isAbove(yield* outbox.prune(0), 0)
    })
  )

  /**
   * @guarantee crash: control-api between Kafka and the outbox mark
   * @guarantee effects: A change of an account is stored and told, or neither, in order
   */
  it.effect("lets one relay publish at a time", () =>
    Effect.gen(function* () {
      const store = yield* AccountStore
      const outbox = yield* Outbox
      yield* store.save(runOf("relay-race", 50))
      let inside = 0
      const publish = () =>
        Effect.gen(function* () {
          inside += 1
          assert.strictEqual(inside, 1)
          yield* Effect.sleep("20 millis")
          inside -= 1
        })
      const counts = yield* Effect.forEach(Array.from({ length: 6 }), () => outbox.relay(1000, publish), {
        concurrency: 6
      })
      assert.strictEqual(
        counts.reduce((sum, count) => sum + count, 0),
        100
      )
    })
  )

  it.effect("switches a removed rule off in the history and then deletes it", () =>
    Effect.gen(function* () {
      const store = yield* AccountStore
      yield* store.save({ accounts: [accountInput("gone.1", "w1")], rules: [ruleInput("gone.1")] })
      yield* drain
      yield* store.save({ removeRules: ["rule-gone.1"], actor: "user-9" })
      const told = yield* drain
      assert.deepInclude(told[0]?.value, { enabled: false, version: 2 })
      assert.deepStrictEqual([told[1]?.key, told[1]?.value], ["rule/gone.1/rule-gone.1", undefined])
      assert.deepStrictEqual([told[1]?.actor, typeof told[1]?.atMs], ["user-9", "number"])
      assert.lengthOf(yield* store.rulesOf("gone.1"), 0)
    })
  )

  it.effect("wakes the relay after a commit", () =>
    Effect.gen(function* () {
      const store = yield* AccountStore
      const outbox = yield* Outbox
      const woken = yield* outbox.wakeUps.pipe(
        Stream.tap(() => store.save({ accounts: [accountInput("wake.1", "w1")] })),
        Stream.take(2),
        Stream.runCount,
        Effect.timeout("5 seconds")
      )
      assert.strictEqual(woken, 2)
      yield* drain
    })
  )
})
