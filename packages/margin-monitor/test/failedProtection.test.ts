/** A protection that failed, is overdue or unknown: tried again, alarmed, never left in silence. */
import { assert } from "@effect/vitest"
import { deterministicId } from "@millrace/contracts"
import { guarded, sync } from "./episodeFixtures.ts"
import { account, Bench, commandsIn, noticesIn, position, reasonsIn, rule } from "./fixtures.ts"

/**
 * @guarantee protection: A protection that failed is tried again while its condition holds
 * @how the next attempt after the rule's wait of market time; alarms at the 3rd, 6th, 12th failure
 */
sync("tries again after the rule's wait of market time while the condition holds, with the next attempt's id", () => {
  const bench = guarded()
  bench.loss(3_000, 0.86)
  bench.outcome(bench.commands[0]!, "failed", "unavailable")
  assert.deepStrictEqual(bench.open, [])
  bench.loss(12_999, 0.87)
  assert.strictEqual(bench.commands.length, 1)
  bench.loss(13_000, 0.87)
  assert.strictEqual(bench.commands.length, 2)
  assert.strictEqual(bench.commands[1]?.commandId, deterministicId("r1", "1", "p1", "3000", "2"))
  assert.strictEqual(bench.commands[1]?.attempt, 2)
})

sync("decides anew with the next tick when another action on the position overtook the command", () => {
  const bench = guarded()
  bench.loss(3_000, 0.86)
  bench.outcome(bench.commands[0]!, "refused", "revision_superseded")
  assert.deepStrictEqual(bench.open, [])
  bench.loss(3_200, 0.87)
  assert.strictEqual(bench.commands.length, 2)
  assert.strictEqual(bench.commands[1]?.commandId, deterministicId("r1", "1", "p1", "3000", "2"))
})

sync("waits like after any failure once it was overtaken again and again", () => {
  const bench = guarded()
  for (const atMs of [3_000, 3_200, 3_400]) {
    bench.loss(atMs, 0.86)
    bench.outcome(bench.commands.at(-1)!, "refused", "revision_superseded")
  }
  assert.strictEqual(bench.commands.length, 3)
  bench.loss(13_399, 0.87)
  assert.strictEqual(bench.commands.length, 3)
  bench.loss(13_400, 0.87)
  assert.strictEqual(bench.commands.length, 4)
})

/**
 * @guarantee protection: No position is left unguarded in silence
 * @how alarms for a missing outcome, a missing effect, an unknown outcome and an unsupported action
 */
sync("alarms a command without an outcome, again after twice the time", () => {
  const bench = guarded()
  bench.loss(3_000, 0.86)
  assert.deepStrictEqual(noticesIn(bench.loss(32_999, 0.86)), [])
  const critical = "critical: First: a position is not protected"
  assert.deepStrictEqual(noticesIn(bench.loss(33_000, 0.86)), [critical])
  assert.deepStrictEqual(noticesIn(bench.loss(62_999, 0.86)), [])
  assert.deepStrictEqual(noticesIn(bench.loss(63_000, 0.86)), [critical])
})

/** @guarantee protection: No position is left unguarded in silence */
sync("issues another attempt when the position never shows the effect, and says so", () => {
  const bench = new Bench([account, { ...rule, action: "add_margin", addMarginAmountSats: 1 }, position])
  bench.loss(3_000, 0.86)
  bench.outcome(bench.commands[0]!, "completed", "done")
  const outputs = bench.loss(33_000, 0.86)
  assert.deepStrictEqual(noticesIn(outputs).slice(0, 1), ["critical: First: a position is not protected"])
  assert.strictEqual(commandsIn(outputs)[0]?.attempt, 2)
})

/** @guarantee protection: No position is left unguarded in silence */
sync("does not repeat an unsupported action; tells the user at once", () => {
  const bench = guarded()
  bench.loss(3_000, 0.86)
  const outputs = bench.outcome(bench.commands[0]!, "refused", "action_unsupported")
  assert.deepStrictEqual(reasonsIn(outputs), ["action_unsupported"])
  assert.deepStrictEqual(noticesIn(outputs), ["critical: First: a position is not protected"])
  bench.loss(60_000, 0.95)
  assert.strictEqual(bench.commands.length, 1)
})

sync("backs off when balance or caps do not suffice, and alarms each time", () => {
  const bench = guarded()
  bench.loss(0 + 3_000, 0.86)
  let at = 3_000
  for (const wait of [10_000, 20_000, 40_000]) {
    const reason = wait === 20_000 ? "cap_hour_add_margin" : "insufficient_balance"
    const outputs = bench.outcome(bench.commands.at(-1)!, "refused", reason)
    assert.strictEqual(noticesIn(outputs).length, 1)
    assert.strictEqual(commandsIn(bench.loss(at + wait - 1, 0.86)).length, 0)
    assert.strictEqual(commandsIn(bench.loss(at + wait, 0.86)).length, 1)
    at += wait
  }
})

/** @guarantee protection: A protection that failed is tried again while its condition holds */
sync("alarms the third failure of an episode, the sixth, and then each time the number has doubled", () => {
  const bench = guarded()
  const alarmed: Array<number> = []
  for (let attempt = 1; attempt <= 13; attempt++) {
    bench.loss(attempt * 10_000, 0.86)
    const outputs = bench.outcome(bench.commands.at(-1)!, "failed", "unavailable")
    if (noticesIn(outputs).length > 0) alarmed.push(attempt)
  }
  assert.deepStrictEqual(alarmed, [3, 6, 12])
})

/** @guarantee protection: No position is left unguarded in silence */
sync("waits for a command whose outcome is unknown, alarms, and goes on once it is known", () => {
  const bench = guarded()
  bench.loss(3_000, 0.86)
  const command = bench.commands[0]!
  assert.strictEqual(noticesIn(bench.outcome(command, "unknown", "reply_lost")).length, 1)
  assert.strictEqual(noticesIn(bench.outcome(command, "unknown", "reply_lost")).length, 0)
  bench.loss(20_000, 0.9)
  assert.strictEqual(bench.commands.length, 1)
  bench.outcome(command, "failed", "not_applied")
  bench.loss(21_000, 0.9)
  assert.strictEqual(bench.commands[1]?.attempt, 2)
})
