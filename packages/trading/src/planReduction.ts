import type { MarginGuardRule, Position, ReducePlan } from "@millrace/contracts"
import { metricAt } from "./Margin.ts"

/**
 * Returns what reduces a position by the rule's percentage; `undefined`: nothing that the exchange can do fits.
 *
 * A cross position is reduced by an opposite order, in whole USD, rounded down, at least 1. Isolated trades can only be
 * closed whole: of the account's trades of the same market and side (`trades`), the most endangered first, against the
 * percentage of their sum; a hedge is an opposite trade of the percentage of the position.
 */
export const planReduction = (
  rule: Pick<MarginGuardRule, "reducePercentage" | "reduceStrategy">,
  position: Position,
  trades: ReadonlyArray<Position>,
  priceUsd: number
): ReducePlan | undefined => {
  const percent = rule.reducePercentage ?? 0
  const side = position.side === "buy" ? "sell" : "buy"
  const share = Math.max(1, Math.floor((position.quantityUsd * percent) / 100))
  if (position.marginMode === "cross") return { _tag: "cross_order", side, quantityUsd: share }
  if (rule.reduceStrategy === "hedge") return { _tag: "hedge", side, quantityUsd: share, leverage: position.leverage }
  const group = byDanger(
    trades.filter((trade) => isOfGroup(trade, position)),
    priceUsd
  )
  const target = (sum(group) * percent) / 100
  const chosen = rule.reduceStrategy === "close_trades_at_least" ? atLeast(group, target) : atMost(group, target)
  if (chosen.length === 0) return undefined
  return {
    _tag: "close_trades",
    trades: chosen.map(({ positionId, quantityUsd }) => ({ positionId, quantityUsd }))
  }
}

/** Isolated trades that a reduction takes as one exposure. */
export const isOfGroup = (trade: Position, position: Position): boolean =>
  trade.marginMode === "isolated" &&
  trade.status === "open" &&
  trade.side === position.side &&
  trade.market === position.market

/** The largest loss of margin first; equal ones by id. */
const byDanger = (trades: ReadonlyArray<Position>, priceUsd: number): ReadonlyArray<Position> =>
  trades
    .map((trade) => ({ trade, loss: metricAt(trade, "margin_loss", priceUsd) }))
    .sort((a, b) => (a.loss === b.loss ? (a.trade.positionId < b.trade.positionId ? -1 : 1) : a.loss > b.loss ? -1 : 1))
    .map(({ trade }) => trade)

const sum = (trades: ReadonlyArray<Position>): number => trades.reduce((total, trade) => total + trade.quantityUsd, 0)

/** Those that fit, in order, without ever exceeding the target. */
const atMost = (trades: ReadonlyArray<Position>, target: number): ReadonlyArray<Position> => {
  let left = target
  return trades.filter((trade) => {
    if (trade.quantityUsd > left) return false
    left -= trade.quantityUsd
    return true
  })
}

/** The first ones, until the target is reached. */
const atLeast = (trades: ReadonlyArray<Position>, target: number): ReadonlyArray<Position> => {
  let taken = 0
  return trades.filter((trade) => {
    if (taken >= target) return false
    taken += trade.quantityUsd
    return true
  })
}
