import { assert, it } from "@effect/vitest"
import { type AutoEntryRule, type Decision, deterministicId } from "@millrace/contracts"
import { Effect } from "effect"
import { type Output, toOutgoing } from "../src/Output.ts"
import { account, Bench, commandsIn, noticesIn, outcomeOf, position, reasonsIn } from "./fixtures.ts"

const sync = (name: string, act: () => void) => it.effect(name, () => Effect.sync(act))

const entry: AutoEntryRule = {
  _tag: "Rule",
  ruleId: "e1",
  accountId: "a1",
  kind: "auto_entry",
  enabled: true,
  dryRun: false,
  market: "btc_usd",
  marginMode: "isolated",
  side: "buy",
  quantityUsd: 500,
  leverage: 10,
  stopLossUsd: 55_000,
  takeProfitUsd: 70_000,
  triggerPriceUsd: 58_000,
  triggerType: "market",
  retryAfterMs: 10_000,
  version: 1
}

const decisionsIn = (outputs: ReadonlyArray<Output>): ReadonlyArray<Decision> =>
  outputs.flatMap((output) => (output._tag === "Decision" ? [output.value] : []))

/**
 * @guarantee protection: An entry is pending, with its reason, the price and the trigger, until the price is there
 * @how `trigger_not_reached` is recorded once; a buy triggers at or below its price, a sell at or above it
 */
sync("is pending with current and trigger price, and opens at or below the price of a buy", () => {
  const bench = new Bench([account, entry])
  const [pending, ...others] = decisionsIn(bench.tick(2_000, 60_000))
  assert.deepStrictEqual(others, [])
  assert.strictEqual(pending?.reason, "trigger_not_reached")
  assert.deepStrictEqual([pending?.priceUsd, pending?.threshold, pending?.ruleVersion], [60_000, 58_000, 1])
  assert.strictEqual(pending?.positionId, undefined)
  assert.deepStrictEqual(bench.tick(2_500, 58_000.5), [])
  const outputs = bench.tick(3_000, 58_000)
  const [command] = commandsIn(outputs)
  assert.strictEqual(command?.commandId, deterministicId("e1", "1", "*", "3000", "1"))
  assert.deepStrictEqual(command?.action, {
    _tag: "open_position",
    market: "btc_usd",
    marginMode: "isolated",
    side: "buy",
    quantityUsd: 500,
    leverage: 10,
    orderType: "market",
    stopLossUsd: 55_000,
    takeProfitUsd: 70_000
  })
  assert.deepStrictEqual([command?.positionId, command?.figures, command?.positionRevision], [undefined, undefined, 0])
  const record = toOutgoing(outputs.find(({ _tag }) => _tag === "Command")!)
  assert.deepStrictEqual([record.key, record.lane], ["a1/e1", "high"])
  assert.deepStrictEqual(reasonsIn(outputs), ["fired"])
  assert.deepStrictEqual(noticesIn(outputs), ["normal: First: auto entry acts"])
})

sync("opens at or above the price of a sell; at once without a price; by a limit order at its price", () => {
  const sells = new Bench([account, { ...entry, side: "sell", triggerPriceUsd: 61_000 }])
  assert.strictEqual(commandsIn(sells.tick(2_000, 60_999.5)).length, 0)
  assert.strictEqual(commandsIn(sells.tick(3_000, 61_000)).length, 1)
  const { triggerPriceUsd: _, ...anyPrice } = entry
  assert.strictEqual(commandsIn(new Bench([account, anyPrice]).tick(2_000, 99_999)).length, 1)
  const limit = new Bench([account, { ...entry, triggerType: "limit" }])
  const [command] = commandsIn(limit.tick(2_000, 57_000))
  assert.strictEqual(command?.action._tag === "open_position" && command.action.priceUsd, 58_000)
})

/**
 * @guarantee protection: An entry acts once, and again only as its limits of actions allow
 * @how its actions are rows of the monitor's changelog; without a limit of its own a version of it acts once, ever
 */
sync("opens once, whatever the price does and however often the monitor starts; a new version opens once more", () => {
  const bench = new Bench([account, entry])
  bench.tick(3_000, 58_000)
  bench.outcome(bench.commands[0]!, "completed", "done")
  assert.deepStrictEqual(bench.open, [])
  assert.deepStrictEqual(reasonsIn(bench.tick(4_000, 57_000)), ["max_actions"])
  assert.deepStrictEqual(noticesIn(bench.tick(5_000, 60_000)), [])
  bench.tick(6_000, 57_000)
  const again = new Bench([account, entry], bench.rows)
  again.tick(7_000, 60_000)
  again.tick(8_000, 57_000)
  assert.strictEqual(bench.commands.length + again.commands.length, 1)
  again.change({ ...entry, version: 2 })
  assert.strictEqual(commandsIn(again.tick(9_000, 57_000))[0]?.ruleVersion, 2)
})

/** @guarantee protection: An entry acts once, and again only as its limits of actions allow */
sync("opens again after its cool-down, up to its number in a period", () => {
  const often = { ...entry, coolDownMs: 60_000, maxActions: { count: 2, periodMs: 600_000 } }
  const bench = new Bench([account, often])
  const seen = [3_000, 4_000, 62_999, 63_000, 64_000, 130_000, 602_999, 603_000].map((time) => {
    const outputs = bench.tick(time, 57_000)
    for (const command of commandsIn(outputs)) bench.outcome(command, "completed", "done")
    return `${time} ${reasonsIn(outputs).join()}`
  })
  assert.deepStrictEqual(seen, [
    "3000 fired",
    "4000 cool_down",
    "62999 ",
    "63000 fired",
    "64000 max_actions",
    "130000 ",
    "602999 ",
    "603000 fired"
  ])
  const until = decisionsIn(bench.all).flatMap(({ untilMs }) => untilMs ?? [])
  assert.deepStrictEqual(until, [63_000, 603_000])
})

sync("backs off while it fails, keeps the episode's id, and goes back to pending when the price leaves", () => {
  const bench = new Bench([account, entry])
  bench.tick(3_000, 58_000)
  bench.outcome(bench.commands[0]!, "refused", "insufficient_balance")
  assert.strictEqual(commandsIn(bench.tick(12_999, 58_000)).length, 0)
  const [second] = commandsIn(bench.tick(13_000, 58_000))
  assert.strictEqual(second?.commandId, deterministicId("e1", "1", "*", "3000", "2"))
  bench.outcome(second!, "failed", "unavailable")
  assert.deepStrictEqual(reasonsIn(bench.tick(20_000, 58_000)), [])
  assert.deepStrictEqual(reasonsIn(bench.tick(21_000, 59_000)), ["trigger_not_reached"])
  assert.deepStrictEqual(reasonsIn(bench.tick(22_000, 57_000)), ["retry_waits"])
  const [third] = commandsIn(bench.tick(33_000, 57_000))
  assert.strictEqual(third?.commandId, deterministicId("e1", "1", "*", "22000", "1"))
})

/**
 * @guarantee protection: A command that a switch stopped is no failed attempt: no longer wait, no action used up
 * @how the rule waits its `retryAfterMs` each time; the monitor's own view of the switch says when it may act
 */
sync("waits no longer after each refusal by a switch, and has all its actions left once it is lifted", () => {
  const often = { ...entry, coolDownMs: 10_000, maxActions: { count: 1, periodMs: 600_000 } }
  for (const reason of ["halted", "reduce_only", "controls_unreadable", "account_not_armed"]) {
    const bench = new Bench([account, often])
    for (const time of [3_000, 13_000, 23_000, 33_000, 43_000]) {
      if (time > 3_000) assert.deepStrictEqual(reasonsIn(bench.tick(time - 1, 58_000)), [])
      const [command] = commandsIn(bench.tick(time, 58_000))
      assert.strictEqual(command?.marketTimeMs, time, `${reason} at ${time}`)
      bench.outcome(command!, "refused", reason)
    }
    const [done] = commandsIn(bench.tick(53_000, 58_000))
    assert.strictEqual(done?.attempt, 6, "each attempt has an id of its own")
    bench.outcome(done!, "completed", "done")
    assert.deepStrictEqual(reasonsIn(bench.tick(99_000, 57_000)), ["max_actions"])
  }
})

sync("counts what fails besides: a refusal by a switch in between neither adds to the wait nor resets it", () => {
  const bench = new Bench([account, entry])
  const reasons = ["insufficient_balance", "halted", "insufficient_balance", "halted"]
  const seen = [3_000, 13_000, 23_000, 43_000, 53_000].map((time, index) => {
    const [command] = commandsIn(bench.tick(time, 58_000))
    if (command !== undefined && reasons[index] !== undefined) bench.outcome(command, "refused", reasons[index])
    return command?.marketTimeMs
  })
  assert.deepStrictEqual(seen, [3_000, 13_000, 23_000, 43_000, 53_000])
})

/**
 * @guarantee protection: Nothing is opened on a price that is stale or was filled in after a gap
 * @how an entry holds, whatever its rule says of stale prices
 */
sync("opens nothing on a stale price or in a gap, and keeps the trigger's time for the command's id", () => {
  const bench = new Bench([account, { ...entry, whenStale: "act" }])
  const seen = [
    bench.tick(2_000, 60_000),
    bench.tick(3_000, 58_000, { ageMs: 10_001 }),
    bench.tick(3_500, 58_000, { ageMs: 20_000 }),
    bench.tick(4_000, 58_000, { source: "backfill" }),
    bench.tick(5_000, 58_000)
  ].map((outputs) => reasonsIn(outputs).join())
  assert.deepStrictEqual(seen, ["trigger_not_reached", "price_stale", "", "market_gap", "fired"])
  assert.strictEqual(bench.commands[0]?.commandId, deterministicId("e1", "1", "*", "3000", "1"))
})

sync("names staleness first while it is pending, too, by the age that the rule names", () => {
  const bench = new Bench([account, { ...entry, freshForMs: 500 }, { ...entry, ruleId: "e2" }])
  const seen = [0, 501, 600, 20_000, 500].map((ageMs, i) => reasonsIn(bench.tick(2_000 + i, 60_000, { ageMs })).join())
  assert.deepStrictEqual(seen, [
    "trigger_not_reached,trigger_not_reached",
    "price_stale",
    "",
    "price_stale",
    "trigger_not_reached,trigger_not_reached"
  ])
})

sync("waits for an unknown outcome, tells the user, and opens nothing meanwhile", () => {
  const bench = new Bench([account, entry])
  bench.tick(3_000, 58_000)
  const outputs = bench.outcome(bench.commands[0]!, "unknown", "reply_lost")
  assert.deepStrictEqual(noticesIn(outputs), ["normal: First: auto entry needs your attention"])
  bench.tick(4_000, 60_000)
  assert.strictEqual(commandsIn(bench.tick(5_000, 57_000)).length, 0)
  bench.outcome(bench.commands[0]!, "completed", "done")
  assert.strictEqual(commandsIn(bench.tick(6_000, 57_000)).length, 0)
})

sync("does not open again what an operator withdrew, before its price is reached anew", () => {
  const bench = new Bench([account, entry])
  bench.tick(3_000, 58_000)
  const outputs = bench.outcome(bench.commands[0]!, "refused", "canceled_by_operator")
  assert.deepStrictEqual(reasonsIn(outputs), ["already_acted"])
  assert.strictEqual(noticesIn(outputs).length, 1)
  assert.deepStrictEqual(reasonsIn(bench.tick(60_000, 57_000)), [])
  assert.deepStrictEqual(reasonsIn(bench.tick(61_000, 59_000)), ["trigger_not_reached"])
  assert.strictEqual(commandsIn(bench.tick(62_000, 57_000)).length, 1)
})

sync("counts a dry run like an action, in the low lane", () => {
  const bench = new Bench([{ ...account, dryRun: true }, entry])
  const outputs = bench.tick(3_000, 58_000)
  assert.strictEqual(toOutgoing(outputs.find(({ _tag }) => _tag === "Command")!).lane, "low")
  bench.outcome(bench.commands[0]!, "completed", "dry_run")
  assert.deepStrictEqual(reasonsIn(bench.tick(4_000, 58_000)), ["max_actions"])
})

sync("keeps a command open until the position that it opened is here", () => {
  const bench = new Bench([account, entry])
  bench.tick(3_000, 58_000)
  const command = bench.commands[0]!
  bench.take(bench.evaluator.outcome({ ...outcomeOf(command, "completed", "done"), effectId: "p9" }, "w1", 0))
  assert.deepStrictEqual(bench.open, [command.commandId])
  bench.change({ ...position, positionId: "p9" })
  assert.deepStrictEqual(bench.open, [])
})

sync("counts an entry that went out before a crash, or by an operator's hand, once its outcome is here", () => {
  const before = new Bench([account, entry])
  before.tick(3_000, 58_000)
  const bench = new Bench([account, entry])
  bench.outcome(before.commands[0]!, "completed", "done")
  assert.deepStrictEqual(reasonsIn(bench.tick(5_000, 57_000)), ["max_actions"])
})

sync("is watched with its account only, and gone with its rule", () => {
  const bench = new Bench([{ ...account, active: false }, entry])
  assert.deepStrictEqual(bench.tick(2_000, 57_000), [])
  assert.strictEqual(bench.evaluator.entriesWatched, 0)
  bench.change({ ...account, version: 2 })
  assert.strictEqual(bench.evaluator.entriesWatched, 1)
  bench.tick(3_000, 60_000)
  bench.remove(entry)
  assert.deepStrictEqual([bench.evaluator.entriesWatched, bench.rows.size], [0, 0])
  assert.deepStrictEqual(bench.tick(4_000, 57_000), [])
})
