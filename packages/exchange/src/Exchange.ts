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
    "invalidReply",
    "dependencyDown"
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
        // Without a status it was our own budget that had no turn: nothing was tried.
        return this.status === undefined ? "system" : "temporary"
      case "unavailable":
      case "connectFailed":
      case "replyLost":
        return "temporary"
      case "dependencyDown":
        return "system"
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
  /** Of a trade that has ended. */
  readonly pnlSats: number | undefined
  /** Of a running trade, at the exchange's price at the time of the read. */
  readonly runningPnlSats?: number | undefined
  /** Taken out by cash-ins so far, profit and margin together; absent: the exchange does not tell. */
  readonly cashedInSats?: number
  readonly createdAtMs: number
  readonly closedAtMs: number | undefined
  readonly clientId: string | undefined
}

/** The one cross position of an account in a market; a quantity of 0 is none. */
export interface ExchangeCrossPosition {
  readonly exchangeId: string
  /** Absent while the quantity is 0. */
  readonly side: Side | undefined
  readonly quantityUsd: number
  readonly leverage: number
  readonly marginSats: number
  readonly entryPriceUsd: number | undefined
  readonly liquidationPriceUsd: number | undefined
  readonly maintenanceMarginSats: number
  /** What the position's quantity takes of the margin at its leverage. */
  readonly runningMarginSats: number
  /** What the orders that are still open take of it. */
  readonly initialMarginSats: number
  readonly pnlSats: number
  readonly updatedAtMs: number
}

export interface ExchangeCrossOrder {
  readonly orderId: string
  readonly side: Side
  readonly quantityUsd: number
  readonly priceUsd: number
  readonly type: "market" | "limit" | "liquidation"
  readonly status: "open" | "filled" | "canceled"
  readonly createdAtMs: number
  readonly filledAtMs: number | undefined
  readonly clientId: string | undefined
}

/** Satoshis moved between balance and cross margin; positive into the margin. */
export interface ExchangeTransfer {
  readonly transferId: string
  readonly amountSats: number
  readonly atMs: number
}

/** Whose key it is and what it may do, for the check at enrolment. */
export interface ExchangeIdentity {
  readonly exchangeUserId: string
  readonly username: string
  readonly balanceSats: number
  /** As the exchange names them, for example `futures:isolated:read`; undefined: it does not tell. */
  readonly permissions: ReadonlyArray<string> | undefined
}

/** What opens an isolated trade. */
export interface NewTrade {
  readonly side: Side
  readonly quantityUsd: number
  readonly leverage: number
  readonly orderType: "market" | "limit"
  readonly priceUsd: number | undefined
  readonly stopLossUsd: number | undefined
  readonly takeProfitUsd: number | undefined
  /** 1 to 64 characters; comes back in the trade, so that a lost reply can be read back. */
  readonly clientId: string
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
  /** Something about the isolated trades changed: read them. */
  | { readonly _tag: "TradesChanged" }
  /** The cross position or its orders changed: read it. */
  | { readonly _tag: "CrossChanged" }
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
export interface SignedOrder<A = ExchangeTrade> {
  readonly operation: string
  /** Timestamp of the signature, in milliseconds of wall time. */
  readonly signedAtMs: number
  /**
   * Sends it once; no retry inside. From the sending on it can't be interrupted, within the adapter's request time-out.
   * A caller that must learn the result although it is interrupted makes sending and settling one uninterruptible step.
   */
  readonly send: Effect.Effect<A, ExchangeError>
}

/** One account's private side of the exchange. */
export interface AccountSession {
  readonly runningTrades: Effect.Effect<ReadonlyArray<ExchangeTrade>, ExchangeError>
  /** The trade in whatever state it is: running, open, closed or canceled; `undefined`: the exchange does not know it. */
  readonly findTrade: (tradeId: string) => Effect.Effect<ExchangeTrade | undefined, ExchangeError>
  readonly signCloseTrade: (tradeId: string) => Effect.Effect<SignedOrder, ExchangeError>
  readonly signAddMargin: (tradeId: string, amountSats: number) => Effect.Effect<SignedOrder, ExchangeError>
  /** Private events; reconnects by itself and says so; never ends by itself. A key without rights to cross margin: none of it. */
  readonly events: Stream.Stream<AccountEvent, ExchangeError>
  /** Fails with `forbidden` when the key may not read the account. */
  readonly identity: Effect.Effect<ExchangeIdentity, ExchangeError>
  /**
   * The trade with this client id in whatever state, among those created at or after `sinceMs`.
   *
   * `sinceMs` is on the market's clock, as `createdAtMs` is; a simulated market's is not that of signatures. Fails when
   * there are more ended trades since than can be searched: absent means that the exchange does not have it.
   */
  readonly findTradeByClientId: (
    clientId: string,
    sinceMs: number
  ) => Effect.Effect<ExchangeTrade | undefined, ExchangeError>
  readonly signOpenTrade: (trade: NewTrade) => Effect.Effect<SignedOrder, ExchangeError>
  readonly signCashIn: (tradeId: string, amountSats: number) => Effect.Effect<SignedOrder, ExchangeError>
  readonly signSetStopLoss: (tradeId: string, priceUsd: number) => Effect.Effect<SignedOrder, ExchangeError>
  readonly signSetTakeProfit: (tradeId: string, priceUsd: number) => Effect.Effect<SignedOrder, ExchangeError>
  readonly crossPosition: Effect.Effect<ExchangeCrossPosition, ExchangeError>
  /** Orders created at or after `sinceMs` (market's clock), newest first: open and filled. v3 does not list canceled ones. */
  readonly crossOrders: (sinceMs: number) => Effect.Effect<ReadonlyArray<ExchangeCrossOrder>, ExchangeError>
  /** Transfers at or after `sinceMs` (market's clock), newest first. */
  readonly crossTransfers: (sinceMs: number) => Effect.Effect<ReadonlyArray<ExchangeTransfer>, ExchangeError>
  readonly signCrossOrder: (order: {
    readonly side: Side
    readonly quantityUsd: number
    readonly orderType: "market" | "limit"
    readonly priceUsd: number | undefined
  }) => Effect.Effect<SignedOrder<ExchangeCrossOrder>, ExchangeError>
  readonly signCloseCross: Effect.Effect<SignedOrder<ExchangeCrossOrder>, ExchangeError>
  /** Moves satoshis from the balance into the cross margin. */
  readonly signCrossDeposit: (amountSats: number) => Effect.Effect<SignedOrder<ExchangeCrossPosition>, ExchangeError>
  readonly signSetCrossLeverage: (leverage: number) => Effect.Effect<SignedOrder<ExchangeCrossPosition>, ExchangeError>
}

/** One minute of prices. */
export interface Candle {
  readonly timeMs: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
}

/**
 * What a session is for. Reads of `commands` come before all others and may use the orders' reserve of the account's
 * budget; those of `watching`, the periodic ones, yield.
 */
export type SessionUse = "commands" | "watching"

/** The exchange behind a port; the default adapter is LN Markets v3 with stream v1. */
export class Exchange extends Context.Service<
  Exchange,
  {
    readonly ticker: Effect.Effect<{ readonly priceUsd: number; readonly indexUsd: number }, ExchangeError>
    /** Minutes from `fromMs` to `toMs`, oldest first. */
    readonly candles: (fromMs: number, toMs: number) => Effect.Effect<ReadonlyArray<Candle>, ExchangeError>
    /** The exchange's clock, in milliseconds. */
    readonly serverTimeMs: Effect.Effect<number, ExchangeError>
    /** Public prices; reconnects by itself and says so; never ends by itself. */
    readonly marketEvents: Stream.Stream<MarketEvent, ExchangeError>
    /** A session that keeps its connections until the scope closes; connects on first use. Default use: `watching`. */
    readonly account: (
      accountId: string,
      credentials: ExchangeCredentials,
      use?: SessionUse
    ) => Effect.Effect<AccountSession, never, Scope.Scope>
  }
>()("@millrace/exchange/Exchange") {}
