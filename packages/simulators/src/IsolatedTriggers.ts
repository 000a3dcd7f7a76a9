/** Stop loss, trailing stop and take profit of an isolated trade, open or running. They trigger on the last price. */
import { putLive, triggerFault } from "./IsolatedTrades.ts"
import { badRequest, done, findTrade, type MarketState, notFound, type Outcome, type Trade } from "./MarketState.ts"

const change = (state: MarketState, accountId: string, id: string, fields: Partial<Trade>): Outcome<Trade> => {
  const trade = findTrade(state, id)
  if (!trade || trade.accountId !== accountId) return notFound(`Trade ${id} not found`)
  if (trade.status !== "open" && trade.status !== "running")
    return badRequest(`Trade ${id} is ${trade.status}, expected an open or running trade`)
  const changed = { ...trade, ...fields }
  const price = trade.status === "running" ? (state.price ?? trade.entryPrice) : trade.entryPrice
  const only = {
    ...changed,
    stopLoss: "stopLoss" in fields ? changed.stopLoss : 0,
    takeProfit: "takeProfit" in fields ? changed.takeProfit : 0
  }
  const fault = triggerFault(only, price)
  return fault === undefined ? done(putLive(state, changed), [], changed) : badRequest(fault)
}

/** Sets a take profit; 0 clears it. */
export const setTakeProfit = (state: MarketState, accountId: string, id: string, value: number): Outcome<Trade> =>
  offStep(state, value) ?? change(state, accountId, id, { takeProfit: value })

/** Sets a fixed stop loss; 0 clears it, a trailing one too. */
export const setStopLoss = (state: MarketState, accountId: string, id: string, value: number): Outcome<Trade> =>
  offStep(state, value) ?? change(state, accountId, id, { stopLoss: value, trailingDistance: 0 })

/** Sets a stop loss that follows the price at a distance (range and unit: settings). */
export const setTrailingStop = (
  state: MarketState,
  accountId: string,
  id: string,
  distance: number
): Outcome<Trade> => {
  const trade = findTrade(state, id)
  if (!trade || trade.accountId !== accountId) return notFound(`Trade ${id} not found`)
  const [least, most] = state.settings.trailingRange
  if (!(distance >= least && distance <= most))
    return badRequest(`Distance is ${distance}, expected ${least} to ${most}`)
  const price = trade.status === "running" ? (state.price ?? trade.entryPrice) : trade.entryPrice
  const stopLoss = trailingStop(state, { ...trade, trailingDistance: distance, stopLoss: 0 }, price)
  return change(state, accountId, id, { stopLoss, trailingDistance: distance })
}

const offStep = (state: MarketState, value: number): Outcome<Trade> | undefined => {
  const step = state.settings.priceStep
  return step !== null && !Number.isInteger(value / step)
    ? badRequest(`Price must be a multiple of ${step}`)
    : undefined
}

/** Where a trailing stop stands once the price was seen; it never moves back. */
export const trailingStop = (state: MarketState, trade: Trade, price: number): number => {
  const share = state.settings.trailingUnit === "percent" ? trade.trailingDistance / 100 : trade.trailingDistance
  const wanted = trade.side === "buy" ? price * (1 - share) : price * (1 + share)
  if (trade.stopLoss === 0) return wanted
  return trade.side === "buy" ? Math.max(trade.stopLoss, wanted) : Math.min(trade.stopLoss, wanted)
}
