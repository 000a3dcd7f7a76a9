import { assert, it } from "@effect/vitest"
import { ControlStore, IntentLedger, StoreMarks, TradingScopes } from "@millrace/store"
import { Effect, Layer } from "effect"
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
  return yield* runMillrace({ controls }, args)
})

const stored = Effect.flatMap(ControlStore, ({ pauses }) => pauses)

/** @guarantee operation: A topic or a lane can be paused and resumed at run time, for all workers or one, over restarts */
it.effect("pauses and resumes a lane, and lists what is paused, since when, by whom and why", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(1_767_225_600_000)
    const paused = yield* run("pause", "automation-commands", "--lane", "low", "--reason", "exchange maintenance")
    assert.deepStrictEqual(paused, {
      exitCode: 0,
      out: "paused: automation-commands, lane low, every worker",
      error: ""
    })
    assert.match(
      (yield* run("controls")).out,
      /^automation-commands, lane low, every worker; since 2026-01-01T00:00:00.000Z by cli:.+: exchange maintenance$/u
    )
    const again = yield* run("resume", "automation-commands", "--lane", "low")
    assert.strictEqual(again.out, "resumed: automation-commands, lane low, every worker")
    assert.strictEqual((yield* run("controls")).out, "Nothing is paused.")
    assert.include((yield* run("resume", "automation-commands")).out, "nothing was paused")
  }).pipe(Effect.provide(memoryControls))
)

it.effect("resumes what is part of the scope and says what stays paused", () =>
  Effect.gen(function* () {
    yield* run("pause", "trade-log")
    yield* run("pause", "trade-log", "--worker", "margin-monitor")
    const { out } = yield* run("resume", "trade-log", "--worker", "margin-monitor")
    assert.deepStrictEqual(out.split("\n"), [
      "resumed: trade-log, all lanes, margin-monitor",
      "still paused: trade-log, all lanes, every worker"
    ])
    assert.lengthOf(JSON.parse((yield* run("controls", "--json")).out), 1)
  }).pipe(Effect.provide(memoryControls))
)

it.effect("warns when what protects positions waits", () =>
  Effect.gen(function* () {
    assert.include((yield* run("pause", "automation-commands")).out, "! the critical lane is part of it")
    assert.notInclude((yield* run("pause", "automation-commands", "--lane", "low")).out, "critical")
  }).pipe(Effect.provide(memoryControls))
)

it.effect.each([
  [["automation"], "There is no topic automation. topics.yaml has market-ticks, "],
  [["automation-commands", "--lane", "normal"], "automation-commands has no lane normal. It has critical, high, low."],
  [
    ["automation-commands", "--worker", "notifier"],
    "notifier does not read automation-commands. automation-executor does."
  ]
] as const)("refuses %s, says what there is, and stores nothing", ([args, expected]) =>
  Effect.gen(function* () {
    const { error, exitCode } = yield* run("pause", ...args)
    assert.strictEqual(exitCode, 1)
    assert.include(error, expected)
    assert.lengthOf(yield* stored, 0)
  }).pipe(Effect.provide(memoryControls))
)
