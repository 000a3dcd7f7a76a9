/** Moving margin into and out of a running isolated trade; leverage and liquidation follow. */
import { Result } from "effect"
import { putLive, runningTrade } from "./IsolatedTrades.ts"
import { badRequest, done, findAccount, type MarketState, type Outcome, putAccount, type Trade } from "./MarketState.ts"
import * as Maths from "./Maths.ts"

/** The trade with figures recomputed after its margin or entry price changed. */
export const withMargin = (state: MarketState, trade: Trade, margin: number, entryPrice = trade.entryPrice): Trade => ({
  ...trade,
  margin,
  entryPrice,
  leverage: Maths.leverageFor(trade.quantity, margin, entryPrice),
  liquidation: Maths.liquidationPrice(trade.side, trade.quantity, entryPrice, margin, state.settings.priceStep)
})

/** Adds margin from the balance. Leverage may not fall below 1. */
export const addMargin = (state: MarketState, accountId: string, id: string, amount: number): Outcome<Trade> => {
  const found = runningTrade(state, accountId, id)
  if (Result.isFailure(found)) return Result.fail(found.failure)
  const trade = found.success
  const account = findAccount(state, accountId)!
  if (!Number.isSafeInteger(amount) || amount <= 0) return badRequest(`Amount is ${amount}, expected whole satoshis`)
  if (account.balance < amount)
    return badRequest(`Insufficient balance: ${account.balance} sats, ${amount} are to be added`)
  const changed = withMargin(state, trade, trade.margin + amount)
  if (changed.leverage < 1) return badRequest(`Leverage would fall to ${changed.leverage}, expected 1 or more`)
  const next = putLive(putAccount(state, { ...account, balance: account.balance - amount }), changed)
  return done(next, [], changed)
}

/**
 * Pays out profit first, by moving the entry price toward the market, then margin. Leverage may not pass 100; a stop
 * loss that would lie beyond the new liquidation price is dropped.
 */
export const cashIn = (state: MarketState, accountId: string, id: string, amount: number): Outcome<Trade> => {
  const found = runningTrade(state, accountId, id)
  if (Result.isFailure(found)) return Result.fail(found.failure)
  const trade = found.success
  const account = findAccount(state, accountId)!
  const price = state.price ?? trade.entryPrice
  if (!Number.isSafeInteger(amount) || amount <= 0) return badRequest(`Amount is ${amount}, expected whole satoshis`)
  const profit = Math.max(0, Maths.pl(trade.side, trade.quantity, trade.entryPrice, price, state.settings.plRounding))
  const fromPl = Math.min(amount, profit)
  const fromMargin = amount - fromPl
  if (fromMargin >= trade.margin)
    return badRequest(`Amount is ${amount}, the trade holds ${profit} of profit and ${trade.margin} of margin`)
  const step = state.settings.priceStep
  const entry = fromPl === 0 ? trade.entryPrice : profitTaken(trade, fromPl, profit, price, step)
  const changed = withMargin(state, trade, trade.margin - fromMargin, entry)
  if (changed.leverage > 100) return badRequest(`Leverage would grow to ${changed.leverage}, expected 100 at most`)
  const ahead = trade.side === "buy" ? 1 : -1
  const beyond = (price - changed.liquidation) * ahead <= 0
  if (beyond) return badRequest(`Liquidation would be ${changed.liquidation}, beyond the price ${price}`)
  const kept: Trade = {
    ...changed,
    stopLoss: (trade.stopLoss - changed.liquidation) * ahead < 0 ? 0 : trade.stopLoss,
    sumCashInPl: trade.sumCashInPl + fromPl,
    sumCashInMargin: trade.sumCashInMargin + fromMargin
  }
  const house = { ...state.house, plPaid: state.house.plPaid + fromPl }
  const next = putLive(putAccount(state, { ...account, balance: account.balance + amount }), kept)
  return done({ ...next, house }, [], kept)
}

const profitTaken = (trade: Trade, taken: number, profit: number, price: number, step: number | null): number =>
  taken === profit ? price : Maths.entryAfterProfit(trade.side, trade.quantity, trade.entryPrice, taken, step)
