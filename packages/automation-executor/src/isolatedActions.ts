import type { PositionAfter } from "@millrace/contracts"
import type { AccountSession, ExchangeTrade, NewTrade } from "@millrace/exchange"
import { Effect } from "effect"
import type { AppliedEffect, Judgement, OrderDefinition } from "./OrderAction.ts"
import { endOf } from "./tradeEnd.ts"

interface OfTrade {
  readonly tradeId: string
}
type Seen = ExchangeTrade | undefined
type TradeDefinition<Order> = OrderDefinition<Order, ExchangeTrade, Seen>

const lookAtTrade = (session: AccountSession, { tradeId }: OfTrade) => session.findTrade(tradeId)

/** Closed at or after the deciding tick, and not by liquidation: by us. Market times on both sides. */
export const closeTrade: TradeDefinition<OfTrade & { readonly quantityUsd: number | undefined }> = {
  repeatable: true,
  sign: (session, { tradeId }) => session.signCloseTrade(tradeId),
  applied: ({ quantityUsd }, trade) => ({
    ...shown(trade),
    ...(quantityUsd === undefined ? {} : { reducedQuantityUsd: trade.quantityUsd })
  }),
  look: lookAtTrade,
  judge: (order, trade, { marketTimeMs }) => {
    const end = endOf(trade)
    if (trade === undefined || end === undefined) return runningOr(trade)
    if (end !== "position_closed" || trade.status === "canceled") return { _tag: "Void", reason: end }
    return trade.closedAtMs === undefined || trade.closedAtMs >= marketTimeMs
      ? { _tag: "Applied", effect: closeTrade.applied(order, trade) }
      : { _tag: "Void", reason: end }
  },
  end: endOf
}

/** By the margin moved: exactly the amount more is ours, the same as before is not yet, anything else proves nothing. */
export const addMargin: TradeDefinition<OfTrade & { readonly amountSats: number }> = {
  repeatable: false,
  sign: (session, { amountSats, tradeId }) => session.signAddMargin(tradeId, amountSats),
  applied: ({ amountSats }, trade) => ({ ...shown(trade), addedMarginSats: amountSats }),
  look: lookAtTrade,
  judge: (order, trade, { marginBeforeSats }) => {
    if (trade === undefined) return runningOr(trade)
    if (marginBeforeSats === undefined) return ambiguous
    if (trade.marginSats === marginBeforeSats + order.amountSats) {
      return { _tag: "Applied", effect: addMargin.applied(order, trade) }
    }
    return trade.marginSats === marginBeforeSats ? runningOr(trade) : ambiguous
  },
  end: endOf
}

/** By the sum of all cash-ins that the exchange shows; where it shows none, by entry price and margin that did not move. */
export const cashIn: TradeDefinition<OfTrade & { readonly amountSats: number }> = {
  repeatable: false,
  sign: (session, { amountSats, tradeId }) => session.signCashIn(tradeId, amountSats),
  applied: (_, trade) => shown(trade),
  look: lookAtTrade,
  judge: (order, trade, { before, marginBeforeSats }) => {
    if (trade === undefined) return runningOr(trade)
    if (before?.cashedInSats !== undefined && trade.cashedInSats !== undefined) {
      const movedSats = trade.cashedInSats - before.cashedInSats
      if (movedSats === order.amountSats) return { _tag: "Applied", effect: shown(trade) }
      return movedSats === 0 ? runningOr(trade) : ambiguous
    }
    const unmoved = trade.entryPriceUsd === before?.entryPriceUsd && trade.marginSats === marginBeforeSats
    return unmoved ? runningOr(trade) : ambiguous
  },
  end: endOf
}

/** Prices move in half dollars, so that a value that was rounded is the same. */
const samePrice = (one: number | undefined, other: number): boolean => one !== undefined && Math.abs(one - other) < 0.5

/** Setting the same value twice is setting it once: by the value. */
const setPrice = (
  sign: TradeDefinition<OfTrade & { readonly priceUsd: number }>["sign"],
  valueOf: (trade: ExchangeTrade) => number | undefined
): TradeDefinition<OfTrade & { readonly priceUsd: number }> => ({
  repeatable: true,
  sign,
  applied: (_, trade) => shown(trade),
  look: lookAtTrade,
  judge: ({ priceUsd }, trade) =>
    trade !== undefined && samePrice(valueOf(trade), priceUsd)
      ? { _tag: "Applied", effect: shown(trade) }
      : runningOr(trade),
  end: endOf
})

export const setStopLoss = setPrice(
  (session, { priceUsd, tradeId }) => session.signSetStopLoss(tradeId, priceUsd),
  (trade) => trade.stopLossUsd
)

export const setTakeProfit = setPrice(
  (session, { priceUsd, tradeId }) => session.signSetTakeProfit(tradeId, priceUsd),
  (trade) => trade.takeProfitUsd
)

/**
 * How far before its deciding tick a trade is searched: a polled price has a market time of our own reckoning, which may run
 * ahead of the exchange's stamps. A client id belongs to one trade only, so looking further back can't find another.
 */
const clockDoubtMs = 300_000

/**
 * By the client id, which is the intent's: a trade that has it is ours, whatever became of it since. An API without client
 * ids can't be asked, which proves nothing.
 */
export const openTrade: OrderDefinition<
  { readonly trade: NewTrade; readonly hedges: boolean },
  ExchangeTrade,
  Seen | "unsearchable"
> = {
  repeatable: false,
  sign: (session, { trade }) => session.signOpenTrade(trade),
  // A hedge is another trade than the position that it protects, which stays as it is.
  applied: ({ hedges }, trade) =>
    hedges ? { effectId: trade.tradeId, reducedQuantityUsd: trade.quantityUsd } : shown(trade),
  look: (session, { trade }, { marketTimeMs }) =>
    Effect.catchIf(
      session.findTradeByClientId(trade.clientId, marketTimeMs - clockDoubtMs),
      ({ reason, status }) => reason === "badRequest" && status === undefined,
      () => Effect.succeed("unsearchable" as const)
    ),
  judge: (order, trade) => {
    if (trade === "unsearchable") return ambiguous
    return trade === undefined ? notYet : { _tag: "Applied", effect: openTrade.applied(order, trade) }
  },
  end: () => undefined
}

const notYet: Judgement = { _tag: "NotYet" }
const ambiguous: Judgement = { _tag: "Ambiguous" }

/** What holds where nothing was moved: not yet while the trade runs, never once it has ended. */
const runningOr = (trade: Seen): Judgement => {
  const end = endOf(trade)
  return end === undefined ? notYet : { _tag: "Void", reason: end }
}

const shown = (trade: ExchangeTrade): AppliedEffect => ({
  effectId: trade.tradeId,
  after: positionAfter(trade),
  ...(trade.pnlSats === undefined ? {} : { pnlSats: trade.pnlSats })
})

const positionAfter = (trade: ExchangeTrade): PositionAfter => ({
  open: trade.status === "running",
  marginSats: trade.marginSats,
  maintenanceMarginSats: trade.maintenanceMarginSats,
  leverage: trade.leverage,
  entryPriceUsd: trade.entryPriceUsd,
  liquidationPriceUsd: trade.liquidationPriceUsd,
  quantityUsd: trade.quantityUsd,
  ...(trade.stopLossUsd === undefined ? {} : { stopLossUsd: trade.stopLossUsd }),
  ...(trade.takeProfitUsd === undefined ? {} : { takeProfitUsd: trade.takeProfitUsd }),
  ...(trade.exitPriceUsd === undefined ? {} : { exitPriceUsd: trade.exitPriceUsd }),
  ...(trade.closedAtMs === undefined ? {} : { closedAtMs: trade.closedAtMs })
})
