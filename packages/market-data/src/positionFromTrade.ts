import type { Position, PositionAfter, PositionCloseReason } from "@millrace/contracts"
import type { ExchangeTrade } from "@millrace/exchange"

/** Where a position belongs, and under which leader it is written. */
export interface PositionPlace {
  readonly accountId: string
  readonly market: string
  readonly epoch: number
}

/** What is known of a position's end. */
export interface PositionEnd {
  readonly reason: PositionCloseReason
  readonly closedAtMs: number
  readonly exitPriceUsd: number | undefined
  readonly pnlSats: number | undefined
  readonly commandId?: string
}

/** A running trade as the position's next revision. */
export const positionFromTrade = (trade: ExchangeTrade, place: PositionPlace, revision: number): Position => ({
  _tag: "Position",
  positionId: trade.tradeId,
  accountId: place.accountId,
  market: place.market,
  marginMode: "isolated",
  side: trade.side,
  quantityUsd: trade.quantityUsd,
  entryPriceUsd: trade.entryPriceUsd,
  marginSats: trade.marginSats,
  maintenanceMarginSats: trade.maintenanceMarginSats,
  leverage: trade.leverage,
  liquidationPriceUsd: trade.liquidationPriceUsd,
  ...(trade.stopLossUsd === undefined ? {} : { stopLossUsd: trade.stopLossUsd }),
  ...(trade.takeProfitUsd === undefined ? {} : { takeProfitUsd: trade.takeProfitUsd }),
  status: "open",
  openedAtMs: trade.createdAtMs,
  revision,
  epoch: place.epoch
})

/** The last revision of a position. */
export const endedPosition = (position: Position, end: PositionEnd, epoch: number): Position => {
  const { commandId: _earlier, ...rest } = position
  return {
    ...rest,
    status: "closed",
    closeReason: end.reason,
    ...(end.exitPriceUsd === undefined ? {} : { exitPriceUsd: end.exitPriceUsd }),
    ...(end.pnlSats === undefined ? {} : { pnlSats: end.pnlSats }),
    closedAtMs: end.closedAtMs,
    ...(end.commandId === undefined ? {} : { commandId: end.commandId }),
    revision: position.revision + 1,
    epoch
  }
}

/** The figures that the exchange's answer to a command showed; what it leaves out stays as it was. */
export const figuresAfter = (after: PositionAfter): Partial<Position> => ({
  marginSats: after.marginSats,
  maintenanceMarginSats: after.maintenanceMarginSats,
  leverage: after.leverage,
  entryPriceUsd: after.entryPriceUsd,
  liquidationPriceUsd: after.liquidationPriceUsd,
  ...(after.quantityUsd === undefined ? {} : { quantityUsd: after.quantityUsd }),
  ...(after.stopLossUsd === undefined ? {} : { stopLossUsd: after.stopLossUsd }),
  ...(after.takeProfitUsd === undefined ? {} : { takeProfitUsd: after.takeProfitUsd })
})

/** Fields that are about the record, not about the position. */
const bookkeeping: ReadonlySet<string> = new Set(["revision", "epoch", "commandId"])

/** Whether two revisions show the same position. */
export const samePosition = (left: Position, right: Position): boolean => {
  const names = new Set([...Object.keys(left), ...Object.keys(right)])
  for (const name of names) {
    if (!bookkeeping.has(name) && left[name as keyof Position] !== right[name as keyof Position]) return false
  }
  return true
}

/** The end of a trade that was read by REST, which does not tell the reason: it is inferred from the exit price. */
export const endOfTrade = (trade: ExchangeTrade, marketTimeMs: number): PositionEnd => ({
  reason: closeReasonOf(trade),
  closedAtMs: trade.closedAtMs ?? marketTimeMs,
  exitPriceUsd: trade.exitPriceUsd,
  pnlSats: trade.pnlSats
})

const closeReasonOf = (trade: ExchangeTrade): PositionCloseReason => {
  const exit = trade.exitPriceUsd
  if (trade.status === "canceled") return "canceled"
  if (exit === undefined) return "unknown"
  const atOrBelow = (limit: number) => (trade.side === "buy" ? exit <= limit : exit >= limit)
  const atOrAbove = (limit: number) => (trade.side === "buy" ? exit >= limit : exit <= limit)
  if (atOrBelow(trade.liquidationPriceUsd)) return "liquidated"
  if (trade.stopLossUsd !== undefined && atOrBelow(trade.stopLossUsd)) return "stop_loss"
  if (trade.takeProfitUsd !== undefined && atOrAbove(trade.takeProfitUsd)) return "take_profit"
  return "closed"
}
