import { assert, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import {
  cancelCrossOrder,
  closeCrossPosition,
  crossFigures,
  imbalance,
  Market,
  moveCrossMargin,
  newCrossOrder,
  setCrossLeverage,
  settleFunding
} from "../src/index.ts"
import { marketAt, ok, refusal, tickTo } from "./Market.fixture.ts"

const eq = assert.strictEqual
const alice = (state: Market.MarketState) => Market.findAccount(state, "alice")!

/** 10x with 300,000 sats left after the opening fee of the first 1000 USD. */
const withMargin = (feeSats = 1666) => {
  const deposited = ok(moveCrossMargin(marketAt(60_000), "alice", 300_000 + feeSats)).state
  return ok(setCrossLeverage(deposited, "alice", 10)).state
}
const buy = (quantity: number) => ({ type: "market", side: "buy", quantity }) as const
const sell = (quantity: number) => ({ type: "market", side: "sell", quantity }) as const

/** @guarantee protection: Liquidation and margin figures are the exchange's */
it("shows the facts' cross example", () => {
  const long = ok(newCrossOrder(withMargin(), "alice", buy(1000))).state
  const figures = crossFigures(long, alice(long))
  eq(alice(long).cross.margin, 300_000)
  eq(figures.runningMargin, 166_666)
  eq(figures.maintenanceMargin, 2500)
  eq(figures.liquidation, 50_912)
  const short = ok(newCrossOrder(withMargin(), "alice", sell(1000))).state
  eq(crossFigures(short, alice(short)).liquidation, 73_037)
})

it("averages the entry when adding, realises P&L when reducing, and turns over", () => {
  let state = ok(newCrossOrder(withMargin(), "alice", buy(500))).state
  state = tickTo(state, 63_000).state
  state = ok(newCrossOrder(state, "alice", buy(500))).state
  eq(alice(state).cross.entryPrice, 61_463.5)
  state = ok(newCrossOrder(state, "alice", sell(400))).state
  eq(alice(state).cross.quantity, 600)
  eq(alice(state).cross.entryPrice, 61_463.5)
  assert.isAbove(alice(state).cross.realisedPl, 0)
  state = ok(newCrossOrder(state, "alice", sell(1000))).state
  eq(alice(state).cross.quantity, -400)
  eq(alice(state).cross.entryPrice, 63_000)
  eq(imbalance(state), 0)
})

it("closes the whole position and refuses to close none", () => {
  const opened = ok(newCrossOrder(withMargin(), "alice", buy(1000))).state
  const closed = ok(closeCrossPosition(opened, "alice"))
  eq(closed.value.side, "sell")
  eq(alice(closed.state).cross.quantity, 0)
  eq(refusal(closeCrossPosition(closed.state, "alice")).status, 400)
  eq(imbalance(closed.state), 0)
})

it("refuses orders, leverage and withdrawals beyond the margin", () => {
  eq(refusal(newCrossOrder(marketAt(60_000), "alice", buy(1000))).status, 400)
  const opened = ok(newCrossOrder(withMargin(), "alice", buy(1000))).state
  eq(refusal(setCrossLeverage(opened, "alice", 1)).status, 400)
  eq(refusal(moveCrossMargin(opened, "alice", -200_000)).status, 400)
  eq(ok(moveCrossMargin(opened, "alice", -100_000)).value.cross.margin, 200_000)
})

it("liquidates at its price, cancels open orders, and keeps the books", () => {
  const opened = ok(newCrossOrder(withMargin(), "alice", buy(1000))).state
  const ordered = ok(newCrossOrder(opened, "alice", { type: "limit", side: "buy", quantity: 10, price: 40_000 }))
  const fallen = tickTo(ordered.state, 50_912)
  eq(alice(fallen.state).cross.quantity, 0)
  eq(alice(fallen.state).crossOrders.length, 0)
  assert.deepInclude(alice(fallen.state).crossDone.at(-1), { type: "liquidation", price: 50_912 })
  assert.deepInclude(fallen.events.at(-1), { _tag: "CrossPosition", event: "liquidation" })
  eq(refusal(cancelCrossOrder(fallen.state, "alice", ordered.value.id)).status, 400)
  eq(imbalance(fallen.state), 0)
})

it("fills a limit order when the price comes", () => {
  const order = { type: "limit", side: "buy", quantity: 100, price: 59_000 } as const
  const placed = ok(newCrossOrder(withMargin(), "alice", order))
  eq(placed.value.status, "open")
  const filled = tickTo(placed.state, 58_500)
  eq(alice(filled.state).cross.entryPrice, 59_000)
  assert.deepInclude(filled.events[0], { _tag: "CrossOrder", event: "limit" })
})

const Step = Schema.Struct({
  kind: Schema.Literals(["buy", "sell", "limit", "close", "deposit", "withdraw", "leverage", "tick", "fund"]),
  size: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3000 })),
  move: Schema.Finite.check(Schema.isBetween({ minimum: -0.06, maximum: 0.06 }))
})

it.effect.prop(
  "never makes or loses a satoshi, nor lets the margin fall below 0",
  { steps: Schema.Array(Step) },
  ({ steps }) =>
    Effect.sync(() => {
      let state = withMargin()
      for (const { kind, size, move } of steps) {
        const price = Math.round((state.price ?? 0) * (1 + move))
        const outcomes: Record<typeof kind, () => Market.Outcome<unknown>> = {
          buy: () => newCrossOrder(state, "alice", buy(size)),
          sell: () => newCrossOrder(state, "alice", sell(size)),
          limit: () => newCrossOrder(state, "alice", { type: "limit", side: "buy", quantity: size, price }),
          close: () => closeCrossPosition(state, "alice"),
          deposit: () => moveCrossMargin(state, "alice", size * 100),
          withdraw: () => moveCrossMargin(state, "alice", -size * 100),
          leverage: () => setCrossLeverage(state, "alice", (size % 100) + 1),
          tick: () => Result.succeed(tickTo(state, price)),
          fund: () => Result.succeed(settleFunding(state, move / 10))
        }
        const outcome = outcomes[kind]()
        if (Result.isSuccess(outcome)) state = outcome.success.state
        eq(imbalance(state), 0)
        assert.isAtLeast(alice(state).cross.margin, 0)
        assert.isAtLeast(alice(state).balance, 0)
      }
    })
)
