import type { Side } from "@millrace/contracts"
import type {
  AccountSession,
  ExchangeCrossOrder,
  ExchangeCrossPosition,
  ExchangeError,
  ExchangeTrade,
  ExchangeTransfer,
  NewTrade,
  SignedOrder
} from "@millrace/exchange"
import { unsupportedOperations } from "@millrace/exchange"
import { type Effect, Stream } from "effect"

/** How requests reach the account, and how replies come back: what a test loses, delays and refuses. */
export interface ExchangeWire {
  /** Signs a request whose arrival calls `apply` with the time; `undefined` from it: the exchange refuses the order. */
  readonly sign: <A>(
    operation: string,
    apply: (nowMs: number) => A | undefined
  ) => Effect.Effect<SignedOrder<A>, ExchangeError>
  readonly read: <A>(operation: string, look: () => A) => Effect.Effect<A, ExchangeError>
}

/** Something that an order changed. A repeat that changes nothing is none. */
export interface AppliedChange {
  /** For example `close_trade`. */
  readonly what: string
  /** The trade, the client id of a new one, or `cross`. */
  readonly subject: string
  /** Satoshis, USD or a price, as the order names it. */
  readonly amount: number
}

/**
 * One account of an exchange: trades, the cross position, its orders and transfers, changed by every order of the port.
 *
 * What an order changes is right, its prices and fees are not: everything trades at 57,000 USD.
 */
export class ExchangeAccount {
  readonly trades = new Map<string, ExchangeTrade>()
  readonly orders: Array<ExchangeCrossOrder> = []
  readonly transfers: Array<ExchangeTransfer> = []
  cross: ExchangeCrossPosition = { ...flat, leverage: 10, marginSats: 1_000_000 }
  private readonly onApplied: (change: AppliedChange) => void
  private readonly prefix: string
  private made = 0

  /** `prefix`: of the ids that it gives. */
  constructor(prefix: string, onApplied: (change: AppliedChange) => void) {
    this.prefix = prefix
    this.onApplied = onApplied
  }

  open(tradeId: string, changes: Partial<ExchangeTrade> = {}): void {
    this.trades.set(tradeId, { ...runningTrade(tradeId), ...changes })
  }

  /** Gives the account a cross position. */
  openCross(side: Side, quantityUsd: number): void {
    this.cross = { ...this.cross, ...figuresOf(side === "buy" ? quantityUsd : -quantityUsd) }
  }

  session(wire: ExchangeWire): AccountSession {
    const onTrade = (
      operation: string,
      tradeId: string,
      amount: number,
      change: (trade: ExchangeTrade, nowMs: number) => Partial<ExchangeTrade>
    ) => wire.sign(operation, (nowMs) => this.changeTrade(operation, tradeId, amount, nowMs, change))
    const byNewest = <A extends { readonly atMs: number }>(list: ReadonlyArray<A>) =>
      list.toSorted((a, b) => b.atMs - a.atMs)
    return {
      ...unsupportedOperations,
      runningTrades: wire.read("running trades", () =>
        [...this.trades.values()].filter((one) => one.status === "running")
      ),
      findTrade: (tradeId) => wire.read("findTrade", () => this.trades.get(tradeId)),
      findTradeByClientId: (clientId) =>
        wire.read("findTradeByClientId", () => [...this.trades.values()].find((trade) => trade.clientId === clientId)),
      signCloseTrade: (tradeId) =>
        onTrade("close_trade", tradeId, 0, (_, closedAtMs) => ({
          status: "closed",
          exitPriceUsd: 57_000,
          pnlSats: -87_719,
          closedAtMs
        })),
      signAddMargin: (tradeId, amountSats) =>
        onTrade("add_margin", tradeId, amountSats, ({ marginSats }) => ({ marginSats: marginSats + amountSats })),
      signCashIn: (tradeId, amountSats) =>
        onTrade("cash_in", tradeId, amountSats, ({ cashedInSats = 0, marginSats }) => ({
          cashedInSats: cashedInSats + amountSats,
          marginSats: marginSats - amountSats
        })),
      signSetStopLoss: (tradeId, stopLossUsd) =>
        onTrade("set_stop_loss", tradeId, stopLossUsd, () => ({ stopLossUsd })),
      signSetTakeProfit: (tradeId, takeProfitUsd) =>
        onTrade("set_take_profit", tradeId, takeProfitUsd, () => ({ takeProfitUsd })),
      signOpenTrade: (trade) => wire.sign("open_trade", (nowMs) => this.openTrade(trade, nowMs)),
      crossPosition: wire.read("crossPosition", () => this.cross),
      crossOrders: (sinceMs) =>
        wire.read("crossOrders", () =>
          byNewest(
            this.orders.filter((one) => one.createdAtMs >= sinceMs).map((one) => ({ ...one, atMs: one.createdAtMs }))
          )
        ),
      crossTransfers: (sinceMs) =>
        wire.read("crossTransfers", () => byNewest(this.transfers.filter(({ atMs }) => atMs >= sinceMs))),
      signCrossOrder: ({ quantityUsd, side }) =>
        wire.sign("cross_order", (nowMs) => this.order("cross_order", side, quantityUsd, nowMs)),
      signCloseCross: wire.sign("close_cross", (nowMs) => {
        const { quantityUsd, side } = this.cross
        if (side === undefined) return undefined
        return this.order("close_cross", side === "buy" ? "sell" : "buy", quantityUsd, nowMs)
      }),
      signCrossDeposit: (amountSats) =>
        wire.sign("cross_deposit", (atMs) => {
          this.transfers.push({ transferId: this.nextId("transfer"), amountSats, atMs })
          this.cross = { ...this.cross, marginSats: this.cross.marginSats + amountSats, updatedAtMs: atMs }
          this.onApplied({ what: "cross_deposit", subject: "cross", amount: amountSats })
          return this.cross
        }),
      signSetCrossLeverage: (leverage) =>
        wire.sign("set_cross_leverage", (updatedAtMs) => {
          if (this.cross.leverage !== leverage)
            this.onApplied({ what: "set_cross_leverage", subject: "cross", amount: leverage })
          this.cross = { ...this.cross, leverage, updatedAtMs }
          return this.cross
        }),
      events: Stream.never
    }
  }

  private changeTrade(
    what: string,
    tradeId: string,
    amount: number,
    nowMs: number,
    change: (trade: ExchangeTrade, nowMs: number) => Partial<ExchangeTrade>
  ): ExchangeTrade | undefined {
    const trade = this.trades.get(tradeId)
    if (trade?.status !== "running") return undefined
    const next = { ...trade, ...change(trade, nowMs) }
    const changes = (Object.keys(next) as Array<keyof ExchangeTrade>).some((field) => next[field] !== trade[field])
    if (changes) this.onApplied({ what, subject: tradeId, amount })
    this.trades.set(tradeId, next)
    return next
  }

  private openTrade(trade: NewTrade, createdAtMs: number): ExchangeTrade {
    const { clientId, leverage, quantityUsd, side, stopLossUsd, takeProfitUsd } = trade
    const tradeId = this.nextId("trade")
    const filled = trade.orderType === "market"
    const figures = { side, quantityUsd, leverage, stopLossUsd, takeProfitUsd, clientId, createdAtMs }
    this.open(tradeId, { ...figures, status: filled ? "running" : "open" })
    this.onApplied({ what: "open_trade", subject: clientId, amount: quantityUsd })
    return this.trades.get(tradeId)!
  }

  /** Refused where the margin does not cover what the position would need. */
  private order(what: string, side: Side, quantityUsd: number, nowMs: number): ExchangeCrossOrder | undefined {
    const held = this.cross.side === "sell" ? -this.cross.quantityUsd : this.cross.quantityUsd
    const after = held + (side === "buy" ? quantityUsd : -quantityUsd)
    const needed = (Math.abs(after) * 100_000_000) / 57_000 / this.cross.leverage
    if (Math.abs(after) > Math.abs(held) && needed > this.cross.marginSats) return undefined
    this.cross = { ...this.cross, ...figuresOf(after), updatedAtMs: nowMs }
    const order: ExchangeCrossOrder = {
      orderId: this.nextId("order"),
      ...{ side, quantityUsd, priceUsd: 57_000, type: "market", status: "filled" },
      ...{ createdAtMs: nowMs, filledAtMs: nowMs, clientId: undefined }
    }
    this.orders.push(order)
    this.onApplied({ what, subject: "cross", amount: quantityUsd })
    return order
  }

  private nextId(kind: string): string {
    this.made += 1
    return `${this.prefix}${kind}-made-${this.made}`
  }
}

const flat: ExchangeCrossPosition = {
  exchangeId: "cross-1",
  ...{ side: undefined, quantityUsd: 0, leverage: 1, marginSats: 0, entryPriceUsd: undefined },
  ...{ liquidationPriceUsd: undefined, maintenanceMarginSats: 0, pnlSats: 0, updatedAtMs: 0 },
  ...{ runningMarginSats: 0, initialMarginSats: 0 }
}

const figuresOf = (signedUsd: number): Partial<ExchangeCrossPosition> => {
  if (signedUsd === 0)
    return {
      ...{ side: undefined, quantityUsd: 0, runningMarginSats: 0 },
      entryPriceUsd: undefined,
      liquidationPriceUsd: undefined
    }
  return {
    side: signedUsd > 0 ? "buy" : "sell",
    quantityUsd: Math.abs(signedUsd),
    runningMarginSats: Math.floor((Math.abs(signedUsd) * 100_000_000) / 60_000 / 10),
    entryPriceUsd: 60_000,
    liquidationPriceUsd: signedUsd > 0 ? 50_912 : 73_037
  }
}

/** A long of 1,000 USD from 60,000 USD with leverage 10. */
export const runningTrade = (tradeId: string): ExchangeTrade => ({
  tradeId,
  side: "buy",
  quantityUsd: 1000,
  entryPriceUsd: 60_000,
  marginSats: 166_666,
  maintenanceMarginSats: 1833,
  leverage: 10,
  liquidationPriceUsd: 54_545.5,
  stopLossUsd: undefined,
  takeProfitUsd: undefined,
  status: "running",
  exitPriceUsd: undefined,
  pnlSats: undefined,
  cashedInSats: 0,
  createdAtMs: 0,
  closedAtMs: undefined,
  clientId: undefined
})
