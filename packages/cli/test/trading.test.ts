import { assert, it } from "@effect/vitest"
import { ControlStore, IntentLedger, StoreMarks, TradingScopes } from "@millrace/store"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { memoryControls } from "./memoryControls.ts"
import { runMillrace } from "./runMillrace.ts"

const run = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
  const controls = Layer.mergeAll(
    Layer.succeed(ControlStore, yield* ControlStore),
    Layer.succeed(TradingScopes, yield* TradingScopes),
    Layer.succeed(StoreMarks, yield* StoreMarks),
    Layer.succeed(IntentLedger, yield* IntentLedger)
  )
  return yield* runMillrace({ controls }, ["trading", ...args])
})

/** @guarantee protection: A kill switch for all, an account or a rule holds in every process; the strictest one that covers a rule counts */
it.effect("sets and lifts the switch of everything, an account and a rule, and lists which hold", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(1_767_225_600_000)
    assert.strictEqual((yield* run("status")).out, "ACTIVE: everything; no switch is set.")
    const halted = yield* run("halt", "--reason", "exchange maintenance")
    assert.deepStrictEqual(halted, { exitCode: 0, out: "HALTED: everything", error: "" })
    assert.strictEqual((yield* run("reduce-only", "--account", "bob-main")).out, "REDUCE_ONLY: account bob-main")
    assert.strictEqual(
      (yield* run("halt", "--rule", "alice-guard")).out,
      "HALTED: rule alice-guard of account alice-main",
      "a rule's account need not be named"
    )
    const lines = (yield* run("status")).out.split("\n")
    assert.match(lines[0]!, /^HALTED: everything; since 2026-01-01T00:00:00.000Z by cli:.+: exchange maintenance$/u)
    assert.lengthOf(lines, 3)
    const resumed = (yield* run("resume")).out.split("\n")
    assert.strictEqual(resumed[0], "resumed: everything")
    assert.match(resumed[1]!, /^still HALTED: rule alice-guard of account alice-main; since /u)
    assert.match(resumed[2]!, /^still REDUCE_ONLY: account bob-main; since /u)
    assert.include((yield* run("resume")).out, "nothing was switched: everything")
    const json = JSON.parse((yield* run("halt", "--account", "bob-main", "--json")).out)
    assert.deepInclude(json, { told: true })
    assert.deepInclude(json.switch, { accountId: "bob-main", mode: "HALTED" })
    assert.lengthOf(JSON.parse((yield* run("status", "--json")).out).switches, 2)
  }).pipe(Effect.provide(memoryControls))
)

it.effect.each([
  [["--account", "alise"], "There is no account alise. The most like it: alice-main, bob-main."],
  [["--account", "Alice"], "There is no account Alice. The most like it: alice-main."],
  [["--rule", "alice-gurad"], "There is no rule alice-gurad. The most like it: alice-guard, bob-guard."],
  [["--account", "bob-main", "--rule", "bob"], "There is no rule bob. The most like it: bob-guard."],
  [
    ["--account", "bob-main", "--rule", "alice-guard"],
    "Rule alice-guard belongs to account alice-main, not to bob-main."
  ]
] as const)("refuses %s, names what is most like it, and switches nothing", ([args, expected]) =>
  Effect.gen(function* () {
    const { error, exitCode } = yield* run("halt", ...args)
    assert.strictEqual(exitCode, 1)
    assert.strictEqual(error, expected)
    assert.lengthOf(yield* Effect.flatMap(ControlStore, ({ switches }) => switches), 0)
  }).pipe(Effect.provide(memoryControls))
)

it.effect("waits until the workers were told, and says when they were not", () =>
  Effect.gen(function* () {
    const store = yield* ControlStore
    let untold = 1
    const behind = ControlStore.of({ ...store, untold: Effect.sync(() => untold) })
    const halting = yield* run("halt").pipe(Effect.provideService(ControlStore, behind), Effect.forkChild)
    yield* TestClock.adjust("4 seconds")
    assert.isUndefined(halting.pollUnsafe(), "still waiting")
    yield* TestClock.adjust("1 second")
    const { exitCode, out } = yield* Fiber.join(halting)
    assert.strictEqual(exitCode, 4)
    assert.include(out, "HALTED: everything\n! stored, but the workers were not told")
    const status = run("status").pipe(Effect.provideService(ControlStore, behind))
    assert.include((yield* status).out, "! stored, but")
    untold = 0
    assert.notInclude((yield* status).out, "!")
  }).pipe(Effect.provide(memoryControls))
)
