import type { Position } from "@millrace/contracts"
import { addMargin, closeTrade, type LocalExchange, Market, putLive } from "@millrace/simulators"
import { Result } from "effect"

/**
 * Puts an isolated position into a market as it was recorded, under its own id; the balance is not asked. A trade that is
 * there already gets the figures. The account's stream tells of it, so that market-data reads it.
 */
export const adoptPosition = (market: LocalExchange, position: Position): void => {
  market.run((state) => {
    const account = Market.findAccount(state, position.accountId)
    const known = Market.findTrade(state, position.positionId)
    if (account === undefined || (known !== undefined && known.status !== "running"))
      return Market.done(state, [], undefined)
    const trade = recordedTrade(position, known?.sequence ?? state.sequence + 1)
    const liveTrades = known === undefined ? [...account.liveTrades, trade.id] : account.liveTrades
    const next = putLive(
      Market.putAccount({ ...state, sequence: state.sequence + 1 }, { ...account, liveTrades }),
      trade
    )
    return Market.done(next, [{ _tag: "Trade", event: "filled", trade, fee: 0 }], undefined)
  })
}

/** What the owner did by hand to a position, as its next revision shows; a trade that this replay has ended is left alone. */
export const changeByHand = (market: LocalExchange, before: Position, after: Position): void => {
  const { accountId, positionId } = after
  if (after.status === "closed") {
    market.run((state) => closeTrade(state, accountId, positionId))
    return
  }
  const trade = Market.findTrade(market.state(), positionId)
  if (trade?.status !== "running") return
  const added = after.marginSats - before.marginSats
  const onlyAdded = added > 0 && isAlike(before, after)
  if (onlyAdded && Result.isSuccess(market.run((state) => addMargin(state, accountId, positionId, added)))) {
    adoptPosition(market, shownAs(after, market))
    return
  }
  adoptPosition(market, { ...after, marginSats: trade.margin + added })
}

/** Margin was all that changed. */
const isAlike = (before: Position, after: Position): boolean =>
  before.entryPriceUsd === after.entryPriceUsd &&
  before.stopLossUsd === after.stopLossUsd &&
  before.takeProfitUsd === after.takeProfitUsd

/** The position with the figures that its trade has by now. */
const shownAs = (position: Position, market: LocalExchange): Position => {
  const trade = Market.findTrade(market.state(), position.positionId)
  return trade === undefined
    ? position
    : {
        ...position,
        marginSats: trade.margin,
        leverage: trade.leverage,
        liquidationPriceUsd: trade.liquidation,
        maintenanceMarginSats: trade.maintenanceMargin
      }
}

const recordedTrade = (position: Position, sequence: number): Market.Trade => ({
  id: position.positionId,
  sequence,
  accountId: position.accountId,
  clientId: null,
  type: "market",
  side: position.side,
  status: "running",
  quantity: position.quantityUsd,
  price: position.entryPriceUsd,
  leverage: position.leverage,
  margin: position.marginSats,
  entryMargin: position.marginSats,
  maintenanceMargin: position.maintenanceMarginSats,
  entryPrice: position.entryPriceUsd,
  liquidation: position.liquidationPriceUsd,
  stopLoss: position.stopLossUsd ?? 0,
  takeProfit: position.takeProfitUsd ?? 0,
  trailingDistance: 0,
  exitPrice: null,
  pl: 0,
  openingFee: 0,
  closingFee: 0,
  sumFundingFees: 0,
  sumCashInPl: 0,
  sumCashInMargin: 0,
  createdAtMs: position.openedAtMs,
  filledAtMs: position.openedAtMs,
  closedAtMs: null
})
