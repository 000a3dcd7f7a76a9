import type {
  AccountEvent,
  AccountSession,
  Exchange,
  ExchangeError,
  MarketEvent,
  SignedOrder
} from "@millrace/exchange"
import { Effect, Exit, Stream } from "effect"
import { type ExchangeLink, isTroubled, readOver, sendOver } from "./exchangeLink.ts"
import type { SimulatedWorld } from "./SimulatedWorld.ts"

/** An order as a process signed it. */
export interface OuterOrder {
  readonly accountId: string
  readonly operation: string
  /** Trade, or client id of what is opened; for cross margin, of which an account has one, `cross`. */
  readonly subject: string
  readonly signedAtMs: number
}

export interface OuterExchangeParts {
  readonly world: SimulatedWorld
  /** The market behind the exchange port; answers in the instant in which it is asked. */
  readonly inner: Exchange["Service"]
  /** Nothing fails after this time, in milliseconds since the world began. */
  readonly healedMs: number
  /** Called before an order is applied: the exchange stamps it with its own time, also between two ticks. */
  readonly arrives: (order: OuterOrder) => void
  /** Called in the instant in which the exchange applied an order. */
  readonly applied: (order: OuterOrder) => void
}

/** The exchange as one process reaches it; `leaves` hears of each order as it leaves the process. */
export type ReachedBy = (leaves: (order: OuterOrder) => void) => Exchange["Service"]

/** An exchange outside of all processes. What happens on the way is the link's matter; streams break and come back. */
export const outerExchange = (parts: OuterExchangeParts): ReachedBy => {
  const { healedMs, inner, world } = parts
  const link: Link = { world, healedMs, random: world.random("exchange"), parts }
  return (leaves) => ({
    ticker: read(link, "ticker", inner.ticker),
    candles: (fromMs, toMs) => read(link, "candles", inner.candles(fromMs, toMs)),
    serverTimeMs: read(link, "time", inner.serverTimeMs),
    marketEvents: broken(link, inner.marketEvents) as Stream.Stream<MarketEvent, ExchangeError>,
    account: (accountId, credentials) =>
      Effect.map(inner.account(accountId, credentials), (session) => outerSession(link, leaves, accountId, session))
  })
}

interface Link extends ExchangeLink {
  readonly parts: OuterExchangeParts
}

const read = <A>(link: Link, operation: string, answer: Effect.Effect<A, ExchangeError>) =>
  readOver(link, operation, () => Effect.runSyncExit(answer))

const outerSession = (
  link: Link,
  leaves: (order: OuterOrder) => void,
  accountId: string,
  inner: AccountSession
): AccountSession => {
  const order = <A, E>(subject: string, signed: Effect.Effect<SignedOrder<A>, E>) =>
    Effect.map(signed, (prepared) => ({ ...prepared, send: send(link, leaves, { accountId, subject }, prepared) }))
  return {
    runningTrades: read(link, "running trades", inner.runningTrades),
    findTrade: (tradeId) => read(link, "find trade", inner.findTrade(tradeId)),
    findTradeByClientId: (clientId, sinceMs) => read(link, "find trade", inner.findTradeByClientId(clientId, sinceMs)),
    identity: read(link, "identity", inner.identity),
    events: broken(link, inner.events) as Stream.Stream<AccountEvent, ExchangeError>,
    crossPosition: read(link, "cross position", inner.crossPosition),
    crossOrders: (sinceMs) => read(link, "cross orders", inner.crossOrders(sinceMs)),
    crossTransfers: (sinceMs) => read(link, "cross transfers", inner.crossTransfers(sinceMs)),
    signCloseTrade: (tradeId) => order(tradeId, inner.signCloseTrade(tradeId)),
    signAddMargin: (tradeId, sats) => order(tradeId, inner.signAddMargin(tradeId, sats)),
    signCashIn: (tradeId, sats) => order(tradeId, inner.signCashIn(tradeId, sats)),
    signSetStopLoss: (tradeId, price) => order(tradeId, inner.signSetStopLoss(tradeId, price)),
    signSetTakeProfit: (tradeId, price) => order(tradeId, inner.signSetTakeProfit(tradeId, price)),
    signOpenTrade: (trade) => order(trade.clientId, inner.signOpenTrade(trade)),
    signCrossOrder: (asked) => order("cross", inner.signCrossOrder(asked)),
    signCloseCross: order("cross", inner.signCloseCross),
    signCrossDeposit: (sats) => order("cross", inner.signCrossDeposit(sats)),
    signSetCrossLeverage: (leverage) => order("cross", inner.signSetCrossLeverage(leverage))
  }
}

const send = <A>(
  link: Link,
  leaves: (order: OuterOrder) => void,
  about: Pick<OuterOrder, "accountId" | "subject">,
  prepared: SignedOrder<A>
): Effect.Effect<A, ExchangeError> => {
  const { applied, arrives } = link.parts
  const { operation, signedAtMs } = prepared
  const order: OuterOrder = { ...about, operation, signedAtMs }
  const apply = (): Exit.Exit<A, ExchangeError> => {
    arrives(order)
    const exit = Effect.runSyncExit(prepared.send)
    if (Exit.isSuccess(exit)) applied(order)
    return exit
  }
  return Effect.suspend(() => {
    leaves(order)
    return sendOver(link, order, apply)
  })
}

/** A stream that breaks now and then: what comes meanwhile is missed, as the real one gives no snapshot. */
const broken = <E extends { readonly _tag: string }>(link: Link, events: Stream.Stream<E, ExchangeError>) => {
  let downUntilMs = 0
  let nextBreakMs = -1
  return events.pipe(
    Stream.flatMap((event) => {
      const { random, world } = link
      if (nextBreakMs < 0) nextBreakMs = world.nowMs + 5_000 + Math.round(60_000 * random.nextDoubleUnsafe())
      const shown: Array<E | MarketEvent> = []
      if (world.nowMs < downUntilMs) return Stream.empty
      if (downUntilMs > 0) {
        downUntilMs = 0
        shown.push({ _tag: "Connected" })
      }
      if (isTroubled(link) && world.nowMs >= nextBreakMs) {
        nextBreakMs = world.nowMs + 10_000 + Math.round(60_000 * random.nextDoubleUnsafe())
        downUntilMs = world.nowMs + 500 + Math.round(8_000 * random.nextDoubleUnsafe())
        return Stream.fromIterable([...shown, { _tag: "Disconnected", reason: "the seed says so" }])
      }
      return Stream.fromIterable([...shown, event])
    })
  )
}
