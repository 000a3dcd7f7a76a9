/** What an entry on cross margin pays in is what the simulated exchange asks for, whatever is there already. */
import { assert, it } from "@effect/vitest"
import { Market, moveCrossMargin, newCrossOrder, openAccount, setCrossLeverage, setPrice } from "@millrace/simulators"
import { crossEntryShortfallSats } from "@millrace/trading"
import { Effect, Result, Schema } from "effect"
import { shownCross } from "../src/shownTrades.ts"

const id = "alice"
const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const Order = Schema.Struct({
  side: Schema.Literals(["buy", "sell"]),
  orderType: Schema.Literals(["market", "limit"]),
  quantityUsd: between(1, 100_000),
  /** Half dollars from the price, of a limit order. */
  offset: between(0, 10_000)
})
const ok = <A>(outcome: Market.Outcome<A>): Market.Step<A> => Result.getOrThrow(outcome)

const flat = (priceUsd: number, leverage: number, spreadUsd: number) => {
  const opened = ok(openAccount(Market.emptyMarket({ spreadUsd }), { id, name: "Alice", balance: 1e12 })).state
  return ok(setCrossLeverage(setPrice(opened, { price: priceUsd, timeMs: 1_700_000_000_000 }), id, leverage)).state
}

/** @guarantee effects: An entry on cross margin pays the margin in that it needs, once, and then orders */
it.effect.prop(
  "pays what the exchange asks for each of several orders, in a market that moves between them",
  {
    orders: Schema.Array(Schema.Struct({ order: Order, move: between(-300, 300) })).check(Schema.isMaxLength(5)),
    halves: between(40_000, 240_000),
    leverage: between(1, 100),
    spread: between(0, 20)
  },
  ({ halves, leverage, orders, spread }) =>
    Effect.sync(() => {
      let state = flat(halves / 2, leverage, spread)
      for (const { move, order } of orders) {
        const { offset, orderType, quantityUsd, side } = order
        // Moves within 3 per mille: none takes the position away.
        const price = Math.round((state.price ?? 0) * (1 + move / 100_000) * 2) / 2
        state = setPrice(state, { price, timeMs: state.timeMs + 1000 })
        const limit = price + (side === "buy" ? -offset : offset) / 2
        const priceUsd = orderType === "limit" ? limit : price
        const sats = crossEntryShortfallSats(shownCross(state, id), {
          side,
          quantityUsd,
          leverage,
          orderType,
          priceUsd
        })
        if (sats > 0) state = ok(moveCrossMargin(state, id, sats)).state
        const ofLimit = orderType === "limit" ? { price: limit } : {}
        const placed = newCrossOrder(state, id, { type: orderType, side, quantity: quantityUsd, ...ofLimit })
        assert(Result.isSuccess(placed), JSON.stringify(Result.isFailure(placed) ? placed.failure : {}))
        state = placed.success.state
      }
    }),
  { arbitrary: { runs: 2000 } }
)
