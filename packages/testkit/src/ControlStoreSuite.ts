import { assert, layer as describeLayer } from "@effect/vitest"
import { ControlStore } from "@millrace/store"
import { Effect, type Layer } from "effect"

const by = { actor: "operator", reason: "a test" }

/** What every store of controls promises; each test has topics of its own. */
export const controlStoreSuite = <E>(name: string, store: Layer.Layer<ControlStore, E>): void =>
  describeLayer(store, { excludeTestServices: true })(`controls: ${name}`, (it) => {
    const pausesOf = (topic: string) =>
      Effect.flatMap(ControlStore, (controls) =>
        Effect.map(controls.pauses, (all) => all.filter((one) => one.topic === topic))
      )

    it.effect("keeps one pause for each scope, the last one", () =>
      Effect.gen(function* () {
        const controls = yield* ControlStore
        yield* controls.pause({ topic: "it-kept", lane: "low" }, by)
        yield* controls.pause({ topic: "it-kept" }, by)
        const again = yield* controls.pause({ topic: "it-kept", lane: "low" }, { actor: "another" })
        const held = yield* pausesOf("it-kept")
        assert.deepStrictEqual(
          held.map(({ lane, actor, reason }) => [lane, actor, reason]),
          [
            [undefined, "operator", "a test"],
            ["low", "another", undefined]
          ]
        )
        assert.deepStrictEqual(held[1], again)
      })
    )

    it.effect("ends every pause that is part of what is resumed, and tells which", () =>
      Effect.gen(function* () {
        const controls = yield* ControlStore
        yield* controls.pause({ topic: "it-ended" }, by)
        yield* controls.pause({ topic: "it-ended", lane: "low" }, by)
        yield* controls.pause({ topic: "it-ended", lane: "low", worker: "executor" }, by)
        yield* controls.pause({ topic: "it-other" }, by)
        const low = yield* controls.resume({ topic: "it-ended", lane: "low" }, "operator")
        assert.deepStrictEqual(
          low.map(({ worker }) => worker),
          [undefined, "executor"]
        )
        assert.lengthOf(yield* pausesOf("it-ended"), 1, "the wider one stays")
        assert.lengthOf(yield* controls.resume({ topic: "it-ended" }, "operator"), 1)
        assert.lengthOf(yield* controls.resume({ topic: "it-ended" }, "operator"), 0)
        assert.lengthOf(yield* pausesOf("it-other"), 1)
      })
    )

    const switchesOf = (accountId: string) =>
      Effect.flatMap(ControlStore, (controls) =>
        Effect.map(controls.switches, (all) => all.filter((one) => one.accountId === accountId))
      )

    it.effect("keeps one kill switch for each scope, and lifts exactly the one that is named", () =>
      Effect.gen(function* () {
        const controls = yield* ControlStore
        const account = { accountId: "it-kept" }
        const rule = { ...account, ruleId: "rule-1" }
        yield* controls.switch(account, "HALTED", by)
        yield* controls.switch(rule, "REDUCE_ONLY", by)
        const again = yield* controls.switch(account, "REDUCE_ONLY", { actor: "another" })
        const held = yield* switchesOf("it-kept")
        assert.deepStrictEqual(
          held.map(({ ruleId, mode, actor, reason }) => [ruleId, mode, actor, reason]),
          [
            [undefined, "REDUCE_ONLY", "another", undefined],
            ["rule-1", "REDUCE_ONLY", "operator", "a test"]
          ]
        )
        assert.deepStrictEqual(held[0], again)
        assert.isUndefined(yield* controls.lift({ accountId: "it-other" }, by))
        assert.deepStrictEqual(yield* controls.lift(account, by), again)
        assert.isUndefined(yield* controls.lift(account, by))
        assert.deepStrictEqual(
          (yield* switchesOf("it-kept")).map(({ ruleId }) => ruleId),
          ["rule-1"]
        )
      })
    )

    it.effect("keeps the first withdrawal of a command, until it is old", () =>
      Effect.gen(function* () {
        const controls = yield* ControlStore
        const command = { commandId: "it-withdrawn", accountId: "account-1" }
        const first = yield* controls.cancelCommand(command, by)
        assert.deepInclude(first, { ...command, ...by })
        assert.deepStrictEqual(yield* controls.cancelCommand(command, { actor: "another" }), first)
        assert.strictEqual(yield* controls.forgetCancels(3_600_000), 0)
        assert.strictEqual(yield* controls.forgetCancels(-3_600_000), 1)
        const anew = yield* controls.cancelCommand(command, { actor: "another" })
        assert.strictEqual(anew.actor, "another")
      })
    )

    it.effect("sends a command of an operator once, however often it is asked to", () =>
      Effect.gen(function* () {
        const controls = yield* ControlStore
        const command = {
          commandId: "it-repeat",
          accountId: "account-1",
          ruleId: "rule-1",
          ruleVersion: 1,
          positionId: "p1",
          positionRevision: 1,
          attempt: 1,
          action: { _tag: "close_position" as const },
          dryRun: false,
          marketTimeMs: 1,
          priceUsd: 1,
          tickReceivedAtMs: 1,
          decidedAtMs: 1,
          operator: { actor: "operator", commandId: "it-refused", atMs: 2 }
        }
        const sent = yield* Effect.all(
          [1, 2, 3].map(() => controls.repeatCommand(command, "w1")),
          {
            concurrency: "unbounded"
          }
        )
        assert.deepStrictEqual(
          sent.filter((isNew) => isNew),
          [true]
        )
        assert.isTrue(yield* controls.repeatCommand({ ...command, commandId: "it-repeat-2" }, "w1"))
      })
    )
  })
