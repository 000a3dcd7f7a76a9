/**
 * A new price and everything it sets off.
 *
 * Outline: funding due before it; liquidations; stop loss and take profit; limit orders. An order that arrives after a
 * tick therefore always meets a market that has been cleared at that tick's price.
 */
import { HashMap } from "effect"
import { crossIsLiquidated, fillCrossOrder, liquidateCross } from "./CrossOrders.ts"
import { crossFigures } from "./CrossPosition.ts"
import { fundingIsDue, settleFunding } from "./Funding.ts"
import { fill, fillPrice, putLive, settle } from "./IsolatedTrades.ts"
import { trailingStop } from "./IsolatedTriggers.ts"
import { type AccountEvent, findAccount, type MarketState, type Step, type Trade } from "./MarketState.ts"
import { everywhere, isQuiet, lessTrade, type QuietBand, without } from "./QuietBand.ts"

export interface Tick {
  readonly price: number
  readonly timeMs: number
  readonly index?: number
}

/** Sets price and time without setting anything off. */
export const setPrice = (state: MarketState, tick: Tick): MarketState => ({
  ...state,
  price: tick.price,
  index: tick.index ?? tick.price,
  timeMs: tick.timeMs
})

/** Applies a tick. A price inside the quiet band costs nothing, however many positions there are. */
export const applyTick = (before: MarketState, tick: Tick): Step<void> => {
  const events: Array<AccountEvent> = []
  let state = before
  if (fundingIsDue(before, before.timeMs, tick.timeMs)) {
    const funding = settleFunding({ ...before, timeMs: tick.timeMs }, before.settings.fundingRate)
    events.push(...funding.events)
    state = funding.state
  }
  state = setPrice(state, tick)
  if (isQuiet(state.quiet, tick.price)) return { state, events, value: undefined }
  const take = (step: Step<unknown>): void => {
    state = step.state
    events.push(...step.events)
  }
  liquidations(state, tick.price, take)
  for (const trade of ordered(state, (each) => each.status === "running" && isTriggered(each, tick.price)))
    take(
      settle(
        state,
        trade,
        fillPrice(state, tick.price, trade.side === "buy" ? "sell" : "buy"),
        triggerOf(trade, tick.price)
      )
    )
  for (const trade of ordered(state, (each) => each.status === "open" && isReached(each, tick.price)))
    take(fill(state, trade))
  crossFills(state, tick.price, take)
  state = moveTrailingStops(state, tick.price)
  return { state: { ...state, quiet: quietBand(state) }, events, value: undefined }
}

type Take = (step: Step<unknown>) => void

const ordered = (state: MarketState, which: (trade: Trade) => boolean): ReadonlyArray<Trade> => {
  const found: Array<Trade> = []
  for (const trade of HashMap.values(state.live)) if (which(trade)) found.push(trade)
  return found.length < 2 ? found : found.sort((a, b) => a.sequence - b.sequence)
}

const isLiquidated = (trade: Trade, price: number): boolean =>
  trade.status === "running" && (trade.side === "buy" ? price <= trade.liquidation : price >= trade.liquidation)

const liquidations = (start: MarketState, price: number, take: Take): void => {
  let state = start
  const step = (next: Step<unknown>): void => {
    state = next.state
    take(next)
  }
  for (const trade of ordered(start, (each) => isLiquidated(each, price)))
    step(settle(state, trade, trade.liquidation, "liquidation"))
  for (const id of start.crossAccounts) {
    const account = findAccount(state, id)!
    if (crossIsLiquidated(start, account, price)) step(liquidateCross(state, account))
  }
}

const stopIsHit = (trade: Trade, price: number): boolean =>
  trade.stopLoss !== 0 && (trade.side === "buy" ? price <= trade.stopLoss : price >= trade.stopLoss)

const profitIsHit = (trade: Trade, price: number): boolean =>
  trade.takeProfit !== 0 && (trade.side === "buy" ? price >= trade.takeProfit : price <= trade.takeProfit)

const isTriggered = (trade: Trade, price: number): boolean => stopIsHit(trade, price) || profitIsHit(trade, price)

const triggerOf = (trade: Trade, price: number) => (stopIsHit(trade, price) ? "stoploss" : "takeprofit")

const isReached = (order: { readonly side: Trade["side"]; readonly price: number }, price: number): boolean =>
  order.side === "buy" ? price <= order.price : price >= order.price

const crossFills = (start: MarketState, price: number, take: Take): void => {
  let state = start
  for (const id of start.crossAccounts) {
    for (const order of findAccount(start, id)!.crossOrders) {
      if (!isReached(order, price)) continue
      const step = fillCrossOrder(state, findAccount(state, id)!, order)
      state = step.state
      take(step)
    }
  }
}

const moveTrailingStops = (state: MarketState, price: number): MarketState => {
  let next = state
  for (const trade of HashMap.values(state.live)) {
    if (trade.trailingDistance === 0 || trade.status !== "running") continue
    const stopLoss = trailingStop(state, trade, price)
    if (stopLoss !== trade.stopLoss) next = putLive(next, { ...trade, stopLoss })
  }
  return next
}

const quietBand = (state: MarketState): QuietBand | undefined => {
  let band: QuietBand | undefined = everywhere
  for (const trade of HashMap.values(state.live)) band = lessTrade(band, trade)
  if (band === undefined) return undefined
  for (const id of state.crossAccounts) {
    const account = findAccount(state, id)!
    for (const order of account.crossOrders)
      band = without(band, order.price, order.side === "buy" ? "falling" : "rising")
    const { liquidation } = crossFigures(state, account)
    if (liquidation !== null) band = without(band, liquidation, account.cross.quantity > 0 ? "falling" : "rising")
  }
  return band
}
