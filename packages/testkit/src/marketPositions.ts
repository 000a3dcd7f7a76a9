import type { Position } from "@millrace/contracts"
import { crossFigures, type LocalExchange, Market } from "@millrace/simulators"

/** The positions of an account as the market has them now, isolated ones first. */
export const positionsOf = (market: LocalExchange, accountId: string): ReadonlyArray<Position> => {
  const state = market.state()
  const live = Market.findAccount(state, accountId)?.liveTrades ?? []
  const trades = live.flatMap((id) => Market.findTrade(state, id) ?? []).filter(({ status }) => status === "running")
  const common = {
    _tag: "Position",
    accountId,
    market: "btc_usd",
    status: "open",
    openedAtMs: 0,
    revision: 1,
    epoch: 1
  } as const
  const isolated = trades.map(
    (trade): Position => ({
      ...common,
      positionId: trade.id,
      marginMode: "isolated",
      side: trade.side,
      quantityUsd: trade.quantity,
      leverage: trade.leverage,
      entryPriceUsd: trade.entryPrice,
      marginSats: trade.margin,
      maintenanceMarginSats: trade.maintenanceMargin,
      liquidationPriceUsd: trade.liquidation
    })
  )
  const cross = crossPositionOf(state, accountId)
  return cross === undefined ? isolated : [...isolated, { ...common, ...cross }]
}

const crossPositionOf = (state: Market.MarketState, accountId: string) => {
  const account = Market.findAccount(state, accountId)
  const { entryPrice = null, id = "", leverage = 1, margin = 0, quantity = 0 } = account?.cross ?? {}
  if (account === undefined || quantity === 0 || entryPrice === null) return undefined
  const { liquidation, maintenanceMargin } = crossFigures(state, account)
  return {
    positionId: id,
    marginMode: "cross",
    side: quantity > 0 ? "buy" : "sell",
    quantityUsd: Math.abs(quantity),
    leverage,
    entryPriceUsd: entryPrice,
    marginSats: margin,
    maintenanceMarginSats: maintenanceMargin,
    liquidationPriceUsd: liquidation ?? 0.5
  } as const
}

/** What an account holds in cross margin, in USD; negative for a short. */
export const crossUsdOf = (market: LocalExchange, accountId: string): number =>
  Market.findAccount(market.state(), accountId)?.cross.quantity ?? 0

/** Whether the exchange liquidated the account's cross position within these market times. */
export const isLiquidatedBetween = (market: LocalExchange, accountId: string, fromMs: number, toMs: number): boolean =>
  (Market.findAccount(market.state(), accountId)?.crossDone ?? []).some(
    ({ filledAtMs, type }) =>
      type === "liquidation" && filledAtMs !== null && filledAtMs >= fromMs && filledAtMs <= toMs
  )
