import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { givenRules, guardedAccounts } from "../../../tests/data/guardedAccounts.ts"
import { expand, parseCandles, recompute } from "../../../tests/data/recompute.ts"
import { happeningsOf, logText, replay } from "../src/index.ts"
import { fallingMarket, inputOf, setting } from "./fixtures.ts"

/**
 * @guarantee protection: A replay decides what a straight recomputation decides, and the same bytes each time
 * @how the workers themselves run on a broker in memory, a market in process and a virtual clock; each tick is worked off before the next
 */
it.effect("decides every tick as a straight loop over all pairs does", () =>
  Effect.gen(function* () {
    const candles = fallingMarket(700)
    const scenario = guardedAccounts()
    const expected = recompute(expand(parseCandles(candles)), scenario.positions, givenRules(scenario))
    const run = yield* replay(inputOf(candles, scenario), setting)
    const acts = happeningsOf(run.log).filter(({ kind }) => kind === "act")
    const found = acts.map(({ atMs, position, priceUsd, ruleId, what }) =>
      [atMs, position, ruleId, priceUsd, what.slice(what.indexOf(":") + 2)].join(" ")
    )
    const wanted = expected.map(({ decidedAtMs, decidedPrice, position, reason, rule, status }) =>
      [decidedAtMs, position, rule, decidedPrice, `${status} (${reason})`].join(" ")
    )
    assert.isAbove(wanted.filter((line) => line.endsWith("(done)")).length, 20)
    assert.isAbove(wanted.filter((line) => line.endsWith("(position_liquidated)")).length, 0)
    assert.deepStrictEqual(found.sort(), wanted.sort())
    assert.strictEqual(run.ticks, 2_800)
    assert.deepStrictEqual(run.troubles, [])
  })
)

/** @guarantee protection: A replay decides what a straight recomputation decides, and the same bytes each time */
it.effect("writes the same log twice, byte for byte, and no wall time in it", () =>
  Effect.gen(function* () {
    const input = inputOf(fallingMarket(150), guardedAccounts())
    const first = yield* replay(input, setting)
    const second = yield* replay(input, setting)
    assert.isAbove(first.log.length, 100)
    assert.strictEqual(logText(second.log), logText(first.log))
    assert.deepStrictEqual(second.accounts, first.accounts)
    assert.notMatch(logText(first.log), /decidedAtMs|receivedAtMs|finishedAtMs|timing/u)
  })
)

it.effect("gives back what was paid in, less fees and losses, on every account", () =>
  Effect.gen(function* () {
    const scenario = {
      accounts: [{ id: "ada", name: "Ada", balance: 1_000_000 }],
      positions: [{ id: "long", account: "ada", side: "buy", quantity: 100, leverage: 10 }],
      rules: [{ id: "guard", account: "ada", kind: "margin_guard", threshold: 0.5, action: "close_position" }]
    }
    const run = yield* replay(inputOf(fallingMarket(200), scenario), setting)
    const [account] = run.accounts
    const end = run.log.findLast((entry) => entry.type === "position")
    assert.isTrue(end?.type === "position" && end.value.status === "closed")
    assert.isBelow(account!.pnlSats, 0)
    // Half of a margin of 166,666 sats, the closing fee, and what the tick went beyond the threshold.
    assert.closeTo(account!.pnlSats, -85_000, 5_000)
    assert.strictEqual(account!.openPositions, 0)
    assert.isAtLeast(account!.drawdownSats, -account!.pnlSats)
  })
)
