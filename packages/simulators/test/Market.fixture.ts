import type { LnMarketsRest } from "@millrace/contracts"
import { Result } from "effect"
import { applyTick, Market, newTrade, openAccount, setPrice } from "../src/index.ts"

/** A market at a price with the account `alice` (10 million sats). */
export const marketAt = (price: number, settings: Partial<Market.MarketSettings> = {}): Market.MarketState =>
  setPrice(ok(openAccount(Market.emptyMarket(settings), { id: "alice", name: "Alice", balance: 10_000_000 })).state, {
    price,
    timeMs: 1_700_000_000_000
  })

export const ok = <A>(outcome: Market.Outcome<A>): Market.Step<A> => Result.getOrThrow(outcome)

export const refusal = <A>(outcome: Market.Outcome<A>): Market.Refusal => Result.getOrThrow(Result.flip(outcome))

export const openTrade = (state: Market.MarketState, input: Partial<LnMarketsRest.NewTrade> = {}) =>
  ok(newTrade(state, "alice", { type: "market", side: "buy", quantity: 1000, leverage: 10, ...input }))

export const tickTo = (state: Market.MarketState, price: number) =>
  applyTick(state, { price, timeMs: state.timeMs + 1000 })
