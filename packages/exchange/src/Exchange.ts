import type { ErrorKind, PositionCloseReason, Side } from "@millrace/contracts"
import { Context, type Effect, Schema, type Scope, type Stream } from "effect"

/**
 * A call to the exchange failed. `applied` decides what may follow: `no` may be tried again; `unknown` (sent, reply
 * lost) must be read back first.
 */
export class ExchangeError extends Schema.TaggedError<ExchangeError>()("ExchangeError", {
  operation: Schema.String,
  reason: Schema.Literals([
    "unauthorized",
    "forbidden",
    "notFound",
    "badRequest",
    "rateLimited",
    "unavailable",
    "connectFailed",
    "replyLost",
    "invalidReply"
  ]),
  applied: Schema.Literals(["no", "unknown"]),
  status: Schema.optionalKey(Schema.Int),
  code: Schema.optionalKey(Schema.String),
  detail: Schema.String,
  retryAfterMs: Schema.optionalKey(Schema.Finite)
}) {
  override get message(): string {
    const status = this.status === undefined ? "" : ` (status ${this.status}${this.code ? `, ${this.code}` : ""})`
    const applied = this.applied === "unknown" ? "; whether it was applied is unknown, read back first" : ""
    return `${this.operation} at the exchange failed: ${this.reason}${status}, ${this.detail}${applied}`
  }

  get kind(): ErrorKind {
    switch (this.reason) {
      case "rateLimited":
      case "unavailable":
      case "connectFailed":
      case "replyLost":
        return "temporary"
      default:
        return "permanent"
    }
  }
}

/** A trade as the exchange shows it, in our units: sats, USD, epoch milliseconds. */
export interface ExchangeTrade {
  readonly tradeId: string
  readonly side: Side
  readonly quantityUsd: number
  readonly entryPriceUsd: number
  readonly marginSats: number
  readonly maintenanceMarginSats: number
  readonly leverage: number
  readonly liquidationPriceUsd: number
  readonly stopLossUsd: number | undefined
  readonly takeProfitUsd: number | undefined
  readonly status: "open" | "running" | "closed" | "canceled"
  readonly exitPriceUsd: number | undefined
  readonly pnlSats: number | undefined
  readonly createdAtMs: number
  readonly closedAtMs: number | undefined
  readonly clientId: string | undefined
}

/** A private event of an account's trades; the stream gives no snapshot. */
export type AccountEvent =
  | { readonly _tag: "Connected" }
  | { readonly _tag: "Disconnected"; readonly reason: string }
  | { readonly _tag: "TradeFilled"; readonly tradeId: string }
  | {
      readonly _tag: "TradeEnded"
      readonly tradeId: string
      readonly reason: PositionCloseReason
      readonly closedAtMs: number
      readonly exitPriceUsd: number | undefined
      readonly pnlSats: number | undefined
    }
  | {
      readonly _tag: "FundingPaid"
      readonly tradeId: string
      readonly marginSats: number
      readonly liquidationPriceUsd: number
    }
  /** Something about the trades that the adapter can't read: read them by REST. */
  | { readonly _tag: "Unreadable"; readonly issue: string }

export type MarketEvent =
  | { readonly _tag: "Connected" }
  | { readonly _tag: "Disconnected"; readonly reason: string }
  | {
      readonly _tag: "Price"
      readonly priceUsd: number
      readonly marketTimeMs: number
      /** Wall time of the receipt, in milliseconds with a fraction. */
      readonly receivedAtMs: number
    }

/** Plain text on the inside of the process only; never logged. */
export interface ExchangeCredentials {
  readonly key: string
  readonly secret: string
  readonly passphrase: string
}

/** A signed request, ready to go out: its timestamp is durable in the ledger before it is sent. */
export interface SignedOrder {
  readonly operation: string
  /** Timestamp of the signature, in milliseconds of wall time. */
  readonly signedAtMs: number
  /**
   * Sends it once; no retry inside. From the sending on it can't be interrupted, within the adapter's request time-out.
   * A caller that must learn the result although it is interrupted makes sending and settling one uninterruptible step.
   */
  readonly send: Effect.Effect<ExchangeTrade, ExchangeError>
}

/** One account's private side of the exchange. */
export interface AccountSession {
  readonly runningTrades: Effect.Effect<ReadonlyArray<ExchangeTrade>, ExchangeError>
  /** The trade in whatever state it is: running, open, closed or canceled; `undefined`: the exchange does not know it. */
  readonly findTrade: (tradeId: string) => Effect.Effect<ExchangeTrade | undefined, ExchangeError>
  readonly signCloseTrade: (tradeId: string) => Effect.Effect<SignedOrder, ExchangeError>
  readonly signAddMargin: (tradeId: string, amountSats: number) => Effect.Effect<SignedOrder, ExchangeError>
  /** Private events; reconnects by itself and says so; never ends by itself. */
  readonly events: Stream.Stream<AccountEvent, ExchangeError>
}

/** The exchange behind a port; the default adapter is LN Markets v3 with stream v1. */
export class Exchange extends Context.Service<
  Exchange,
  {
    readonly ticker: Effect.Effect<{ readonly priceUsd: number; readonly indexUsd: number }, ExchangeError>
    readonly candles: (
      fromMs: number,
      toMs: number
    ) => Effect.Effect<
      ReadonlyArray<{ timeMs: number; open: number; high: number; low: number; close: number }>,
      ExchangeError
    >
    /** The exchange's clock, in milliseconds. */
    readonly serverTimeMs: Effect.Effect<number, ExchangeError>
    /** Public prices; reconnects by itself and says so; never ends by itself. */
    readonly marketEvents: Stream.Stream<MarketEvent, ExchangeError>
    /** A session that keeps its connections until the scope closes; connects on first use. */
    readonly account: (
      accountId: string,
      credentials: ExchangeCredentials
    ) => Effect.Effect<AccountSession, never, Scope.Scope>
  }
>()("@millrace/exchange/Exchange") {}
