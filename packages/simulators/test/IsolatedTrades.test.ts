import { assert, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import {
  addMargin,
  cancelAllTrades,
  cancelTrade,
  cashIn,
  closeTrade,
  imbalance,
  Market,
  newTrade,
  setStopLoss,
  setTakeProfit,
  setTrailingStop,
  settleFunding
} from "../src/index.ts"
import { marketAt, ok, openTrade, refusal, tickTo } from "./Market.fixture.ts"

const eq = assert.strictEqual
const balanceOf = (state: Market.MarketState) => Market.findAccount(state, "alice")!.balance
const tradeOf = (state: Market.MarketState, id: string) => Market.findTrade(state, id)!

it("locks margin and reserves at opening and pays back the facts' net result at closing", () => {
  const opened = openTrade(marketAt(60_000))
  eq(opened.value.margin, 166_666)
  eq(opened.value.openingFee, 1666)
  eq(opened.value.maintenanceMargin, 1833)
  eq(opened.value.liquidation, 54_545.5)
  eq(10_000_000 - balanceOf(opened.state), 170_165)
  const closed = ok(closeTrade(tickTo(opened.state, 63_000).state, "alice", opened.value.id))
  eq(closed.value.closingFee, 1587)
  eq(closed.value.pl, 79_365)
  eq(balanceOf(closed.state), 10_000_000 + 76_112)
  eq(imbalance(closed.state), 0)
})

/** @guarantee protection: Liquidation and margin figures are the exchange's */
it("answers the official client's golden limit order", () => {
  const { value } = openTrade(marketAt(110_000), { type: "limit", price: 100_000, quantity: 1, leverage: 100 })
  eq(value.status, "open")
  eq(value.liquidation, 99_010)
  eq(value.entryMargin, 10)
  eq(value.maintenanceMargin, 2)
  eq(value.openingFee, 0)
  eq(value.filledAtMs, null)
})

/** @guarantee protection: Liquidation and margin figures are the exchange's */
it("adds margin: leverage 8.9286, liquidation 53,957", () => {
  const opened = openTrade(marketAt(60_000))
  const { value, state } = ok(addMargin(opened.state, "alice", opened.value.id, 20_000))
  eq(value.margin, 186_666)
  assert.closeTo(value.leverage, 8.9286, 1e-4)
  eq(value.liquidation, 53_957)
  eq(imbalance(state), 0)
})

it("cashes in profit first: entry 60,362, leverage 9.940, liquidation 54,844.5", () => {
  const opened = openTrade(marketAt(60_000))
  const { value, state } = ok(cashIn(tickTo(opened.state, 63_000).state, "alice", opened.value.id, 10_000))
  eq(value.entryPrice, 60_362)
  eq(value.margin, 166_666)
  assert.closeTo(value.leverage, 9.94, 1e-3)
  eq(value.liquidation, 54_844.5)
  eq(value.sumCashInPl, 10_000)
  eq(imbalance(state), 0)
})

it("liquidates at the liquidation price before the stop loss of the same tick, and loses the margin", () => {
  const opened = openTrade(marketAt(60_000), { stoploss: 55_000 })
  const fallen = tickTo(opened.state, 50_000)
  const trade = tradeOf(fallen.state, opened.value.id)
  eq(trade.status, "closed")
  eq(trade.exitPrice, 54_545.5)
  eq(trade.pl, -166_666)
  eq(fallen.events.length, 1)
  assert.deepInclude(fallen.events[0], { _tag: "Trade", event: "liquidation" })
  eq(refusal(addMargin(fallen.state, "alice", trade.id, 1000)).status, 400)
  eq(refusal(closeTrade(fallen.state, "alice", trade.id)).status, 400)
  eq(imbalance(fallen.state), 0)
})

it("liquidates unrounded at exactly the closed-form price in feed runs", () => {
  const opened = openTrade(marketAt(60_000, { priceStep: null }))
  const at = 1 / (1 / 60_000 + 166_666 / (100_000_000 * 1000))
  eq(tradeOf(tickTo(opened.state, at + 1e-6).state, opened.value.id).status, "running")
  eq(tradeOf(tickTo(opened.state, at).state, opened.value.id).status, "closed")
})

it("triggers stop loss, take profit and limit orders on the last price", () => {
  const long = openTrade(marketAt(60_000), { stoploss: 58_000, takeprofit: 62_000 })
  assert.deepInclude(tickTo(long.state, 57_900).events[0], { event: "stoploss" })
  assert.deepInclude(tickTo(long.state, 62_000).events[0], { event: "takeprofit" })
  const short = openTrade(marketAt(60_000), { side: "sell", stoploss: 62_000, takeprofit: 58_000 })
  assert.deepInclude(tickTo(short.state, 62_000).events[0], { event: "stoploss" })
  assert.deepInclude(tickTo(short.state, 58_000).events[0], { event: "takeprofit" })
  const limit = openTrade(marketAt(60_000), { type: "limit", price: 59_000 })
  eq(tickTo(limit.state, 59_000.5).events.length, 0)
  const filled = tickTo(limit.state, 58_900)
  eq(tradeOf(filled.state, limit.value.id).entryPrice, 59_000)
  eq(tradeOf(filled.state, limit.value.id).status, "running")
})

it("finds a trigger that was set while the price was quiet", () => {
  const opened = openTrade(marketAt(60_000))
  const quiet = tickTo(opened.state, 59_990).state
  assert.isDefined(quiet.quiet)
  const stopped = ok(setStopLoss(quiet, "alice", opened.value.id, 59_900)).state
  assert.deepInclude(tickTo(stopped, 59_899).events[0], { event: "stoploss" })
})

it("moves a trailing stop up with the price and never down", () => {
  const opened = openTrade(marketAt(60_000))
  const set = ok(setTrailingStop(opened.state, "alice", opened.value.id, 1))
  eq(set.value.stopLoss, 59_400)
  const risen = tickTo(set.state, 61_000).state
  eq(tradeOf(risen, opened.value.id).stopLoss, 60_390)
  eq(tradeOf(tickTo(risen, 60_500).state, opened.value.id).stopLoss, 60_390)
  assert.deepInclude(tickTo(risen, 60_390).events[0], { event: "stoploss" })
})

it("refuses misplaced triggers, sizes, leverages and amounts, and changes nothing", () => {
  const opened = openTrade(marketAt(60_000))
  const { id } = opened.value
  eq(refusal(setStopLoss(opened.state, "alice", id, 60_000.5)).code, "BAD_REQUEST")
  eq(refusal(setStopLoss(opened.state, "alice", id, 54_000)).code, "BAD_REQUEST")
  eq(refusal(setTakeProfit(opened.state, "alice", id, 59_000)).code, "BAD_REQUEST")
  eq(refusal(addMargin(opened.state, "alice", id, 100_000_000)).status, 400)
  eq(refusal(addMargin(opened.state, "alice", "nope", 1)).status, 404)
  eq(refusal(addMargin(opened.state, "alice", id, 2_000_000)).status, 400)
  eq(refusal(cancelTrade(opened.state, "alice", id)).status, 400)
  const bad = (input: object) =>
    refusal(newTrade(opened.state, "alice", { type: "market", side: "buy", quantity: 1, leverage: 1, ...input }))
      .message
  assert.include(bad({ leverage: 101 }), "Leverage")
  assert.include(bad({ quantity: 500_001 }), "Quantity")
  assert.include(bad({ margin: 5 }), "either")
  assert.include(bad({ type: "limit", price: 60_000.3 }), "multiples")
  assert.include(bad({ quantity: 500_000 }), "Insufficient balance")
})

it("never loses more than the margin, though the bid lies beyond the liquidation price", () => {
  const opened = openTrade(marketAt(60_000, { spreadUsd: 8000 }), { leverage: 20 })
  const { value, state } = ok(closeTrade(opened.state, "alice", opened.value.id))
  eq(value.exitPrice, 56_000)
  eq(value.pl, -value.margin)
  eq(imbalance(state), 0)
})

it("gives back what an open order had locked", () => {
  const one = openTrade(marketAt(60_000), { type: "limit", price: 59_000 })
  const two = openTrade(one.state, { type: "limit", price: 58_000 })
  const canceled = ok(cancelAllTrades(two.state, "alice"))
  eq(canceled.value.length, 2)
  eq(balanceOf(canceled.state), 10_000_000)
})

it("takes funding from the margin and moves the liquidation", () => {
  const opened = openTrade(marketAt(60_000))
  const { state } = settleFunding(opened.state, 0.0001)
  const trade = tradeOf(state, opened.value.id)
  eq(trade.margin, 166_500)
  eq(trade.sumFundingFees, 166)
  assert.isAbove(trade.liquidation, opened.value.liquidation)
  eq(imbalance(state), 0)
})

it("lowers the fee with the traded volume", () => {
  let state = marketAt(60_000)
  state = openTrade(state, { quantity: 300_000, leverage: 100 }).state
  eq(openTrade(state).value.openingFee, 1333)
})

const Step = Schema.Struct({
  kind: Schema.Literals(["open", "short", "limit", "close", "add", "cash", "cancel", "tick", "fund"]),
  size: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5000 })),
  move: Schema.Finite.check(Schema.isBetween({ minimum: -0.06, maximum: 0.06 }))
})

it.effect.prop("never makes or loses a satoshi", { steps: Schema.Array(Step) }, ({ steps }) =>
  Effect.sync(() => {
    let state = marketAt(60_000, { priceStep: null, spreadUsd: 10 })
    for (const { kind, size, move } of steps) {
      const id = Market.findAccount(state, "alice")!.liveTrades.at(-1) ?? "none"
      const price = (state.price ?? 0) * (1 + move)
      const order = { type: "market", side: kind === "short" ? "sell" : "buy", quantity: size, leverage: 25 } as const
      const outcome: Market.Outcome<unknown> =
        kind === "tick"
          ? Result.succeed(tickTo(state, price))
          : kind === "fund"
            ? Result.succeed(settleFunding(state, move / 10))
            : kind === "close"
              ? closeTrade(state, "alice", id)
              : kind === "add"
                ? addMargin(state, "alice", id, size)
                : kind === "cash"
                  ? cashIn(state, "alice", id, size)
                  : kind === "cancel"
                    ? cancelAllTrades(state, "alice")
                    : newTrade(state, "alice", kind === "limit" ? { ...order, type: "limit", price } : order)
      if (Result.isSuccess(outcome)) state = outcome.success.state
      eq(imbalance(state), 0)
      assert.isAtLeast(balanceOf(state), 0)
    }
  })
)

it.effect.prop(
  "triggers the same with the quiet band as with a scan of every trade on every tick",
  { steps: Schema.Array(Step) },
  ({ steps }) =>
    Effect.sync(() => {
      let [banded, scanned] = [marketAt(60_000, { priceStep: null }), marketAt(60_000, { priceStep: null })]
      for (const { kind, size, move } of steps) {
        const price = (banded.price ?? 0) * (1 + move)
        const change = (state: Market.MarketState): Market.MarketState => {
          const id = Market.findAccount(state, "alice")!.liveTrades[size % 3] ?? "none"
          const side = size % 2 === 0 ? "buy" : "sell"
          const outcome: Market.Outcome<unknown> =
            kind === "tick" || kind === "fund" || kind === "cancel"
              ? Result.succeed(tickTo(state, price))
              : kind === "add"
                ? addMargin(state, "alice", id, size * 10)
                : kind === "cash"
                  ? setStopLoss(state, "alice", id, price)
                  : kind === "close"
                    ? setTakeProfit(state, "alice", id, price)
                    : kind === "limit"
                      ? newTrade(state, "alice", { type: "limit", side, price, quantity: size, leverage: 20 })
                      : newTrade(state, "alice", { type: "market", side, quantity: size, leverage: 50 })
          return Result.isSuccess(outcome) ? outcome.success.state : state
        }
        banded = change(banded)
        scanned = change({ ...scanned, quiet: undefined })
        assert.deepStrictEqual(Market.findAccount(banded, "alice"), Market.findAccount(scanned, "alice"))
      }
    })
)
