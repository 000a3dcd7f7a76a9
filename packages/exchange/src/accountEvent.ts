import { LnMarketsStream, type PositionCloseReason } from "@millrace/contracts"
import { Result, Schema } from "effect"
import type { AccountEvent } from "./Exchange.ts"

const decode = Schema.decodeUnknownResult(LnMarketsStream.IsolatedTradeData)

/** A push of `isolated/trades` as an account's event; `undefined` for what does not concern running trades. */
export const accountEvent = (data: unknown): AccountEvent | undefined => {
  const decoded = decode(data)
  if (Result.isFailure(decoded)) return { _tag: "Unreadable", issue: decoded.failure.message }
  const message = decoded.success
  switch (message.event) {
    case "open":
      // A limit order that waits is no position; a market order is one even if no `filled` follows.
      return message.trade.type === "market" ? { _tag: "TradeFilled", tradeId: message.trade.id } : undefined
    case "filled":
      return { _tag: "TradeFilled", tradeId: message.trade.id }
    case "funding":
      return {
        _tag: "FundingPaid",
        tradeId: message.trade.id,
        marginSats: message.trade.margin,
        liquidationPriceUsd: message.trade.liquidationPrice
      }
    case "canceled":
      return {
        _tag: "TradeEnded",
        tradeId: message.trade.id,
        reason: "canceled",
        closedAtMs: message.trade.closedAt,
        exitPriceUsd: undefined,
        pnlSats: undefined
      }
    default:
      return {
        _tag: "TradeEnded",
        tradeId: message.trade.id,
        reason: closeReasons[message.event],
        closedAtMs: message.trade.closedAt,
        exitPriceUsd: message.trade.exitPrice,
        pnlSats: message.trade.pl
      }
  }
}

const closeReasons = {
  closed: "closed",
  stoploss: "stop_loss",
  takeprofit: "take_profit",
  liquidation: "liquidated"
} as const satisfies Record<string, PositionCloseReason>
