import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { closeTrade, moveCrossMargin, newTrade, setTrailingStop } from "../src/index.ts"
import { withSimulator } from "./Exchange.fixture.ts"
import { marketAt, ok, openTrade, refusal, tickTo } from "./Market.fixture.ts"

const eq = assert.strictEqual
const order = { type: "market", side: "buy", quantity: 1000, leverage: 10 } as const

it("refuses a client id again where it is told to, also after the trade has ended", () => {
  const named = { ...order, clientId: "mine" }
  const opened = openTrade(marketAt(60_000, { refusesRepeatedClientIds: true }), named)
  const closed = ok(closeTrade(opened.state, "alice", opened.value.id))
  for (const state of [opened.state, closed.state])
    eq(refusal(newTrade(state, "alice", named)).message, 'clientId "mine" is used already')
  openTrade(closed.state, { ...named, clientId: "other" })
  openTrade(openTrade(marketAt(60_000), named).state, named)
})

it("refuses a trade beyond the most that an account may have", () => {
  const two = openTrade(openTrade(marketAt(60_000, { maxTrades: 2 })).state)
  assert.match(refusal(newTrade(two.state, "alice", order)).message, /2 open and running trades, 2 at most/)
  openTrade(ok(closeTrade(two.state, "alice", two.value.id)).state)
})

it("refuses a first cross deposit below the least margin", () => {
  const state = marketAt(60_000, { minCrossMargin: 4000 })
  eq(refusal(moveCrossMargin(state, "alice", 3999)).message, "Cross margin would be 3999 sats, expected 4000")
  ok(moveCrossMargin(ok(moveCrossMargin(state, "alice", 4000)).state, "alice", 1))
})

it("takes trailing distances in the range it is told", () => {
  const { state, value } = openTrade(marketAt(60_000, { trailingUnit: "fraction", trailingRange: [0.01, 0.5] }))
  eq(refusal(setTrailingStop(state, "alice", value.id, 0.6)).message, "Distance is 0.6, expected 0.01 to 0.5")
  eq(ok(setTrailingStop(state, "alice", value.id, 0.05)).value.stopLoss, 57_000)
})

it("rounds results to the nearest satoshi, or down", () => {
  const plAt = (plRounding: "nearest" | "down") => {
    const opened = openTrade(marketAt(60_000, { plRounding }))
    return ok(closeTrade(tickTo(opened.state, 57_000).state, "alice", opened.value.id)).value.pl
  }
  assert.deepStrictEqual([plAt("nearest"), plAt("down")], [-87_719, -87_720])
})

it.live("changes a running market's settings by the control port", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call }) {
      const alice = yield* account("alice")
      yield* control("POST", "/price", { price: 60_000 })
      yield* control("POST", "/market", { maxTrades: 1, feeTiers: [{ aboveUsd: 0, rate: 0 }] })
      eq((yield* call(alice, "POST", "/futures/isolated/trade", order)).body.openingFee, 0)
      eq((yield* call(alice, "POST", "/futures/isolated/trade", order)).status, 400)
      eq((yield* control("POST", "/market", { maxTrades: 0 })).status, 400)
    }),
    { market: { spreadUsd: 0 } }
  )
)
