import { type Account, type MarketTick, marketTicks, type Position, type TradeOutcome } from "@millrace/contracts"
import { outgoing, traceHeader } from "@millrace/runtime"
import { makePlainSpans, type PlainSpans, wallClockMsOf } from "@millrace/telemetry"
import { Clock, Effect } from "effect"
import type { AccountDirectory } from "./AccountDirectory.ts"
import { makeAccountSupervisor } from "./AccountSupervisor.ts"
import { makeExchangeAlerts } from "./ExchangeAlerts.ts"
import type { Leadership } from "./Leadership.ts"
import type { MarketDataSettings } from "./MarketDataConfig.ts"
import { makeOrderedPublisher } from "./OrderedPublisher.ts"
import type { OutcomeRelay } from "./OutcomeRelay.ts"
import { makePositionBook } from "./PositionBook.ts"
import { positionRecords } from "./positionRecords.ts"
import { makeRecentPrices } from "./RecentPrices.ts"
import { readPublished } from "./readPublished.ts"
import { makeTickSource } from "./TickSource.ts"

export interface LeaderOptions {
  readonly settings: MarketDataSettings
  readonly directory: AccountDirectory
  readonly outcomes: OutcomeRelay
}

/** Time for the last revisions of an earlier leader to reach the table. */
const settling = "300 millis"

/** Prices are kept for as long as two reads of an account may be apart in which P&L is compared. */
const pricesKeptMs = 60_000

/** Workspace of records that belong to no tenant: prices of the market. */
export const marketWorkspace = "market"

/** What the leader of a market does: publish its prices, keep the positions of all accounts. Runs for ever. */
export const lead = Effect.fnUntraced(function* (options: LeaderOptions, leadership: Leadership) {
  const { directory, outcomes, settings } = options
  const { epoch, held, sinceMs, tookOver } = leadership
  const clock = yield* Clock.Clock
  const spans = yield* makePlainSpans
  const nowMs = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  // Senders of their own, so that a thousand positions that change at once do not hold up the next price.
  const tickSender = yield* makeOrderedPublisher({ name: "market-ticks", allowed: held })
  const stateSender = yield* makeOrderedPublisher({ name: "account-state", allowed: held })
  const alertSender = yield* makeOrderedPublisher({ name: "notifications", allowed: held })

  if (tookOver) yield* Effect.sleep(settling)
  const book = makePositionBook(settings.market, epoch)
  for (const position of directory.positions()) book.load(position)

  const prices = makeRecentPrices(pricesKeptMs)
  const source = yield* makeTickSource({
    settings,
    epoch,
    published: yield* readPublished(settings.market),
    emit: (ticks) => {
      tickSender.offer(ticks.map((tick) => tickRecord(tick, beginTrace(spans, tick, wallClockMsOf(clock)))))
      for (const { priceUsd, source } of ticks) if (source !== "backfill") prices.add(priceUsd, nowMs())
    }
  })
  const marketTimeMs = () => source.marketTimeMs() ?? clock.currentTimeMillisUnsafe()
  const write = (workspaceId: string, changes: ReadonlyArray<Position>) =>
    stateSender.offer(changes.flatMap((change) => positionRecords(change, workspaceId)))

  const accounts = yield* makeAccountSupervisor({
    settings,
    directory,
    book,
    prices,
    alerts: yield* makeExchangeAlerts(alertSender.offer),
    marketTimeMs,
    write: (account: Account, changes) => write(account.workspaceId, changes)
  })
  yield* outcomes.lead({
    sinceMs,
    flushed: stateSender.flushed,
    apply: (outcome: TradeOutcome, replayed) => {
      const workspaceId = directory.account(outcome.accountId)?.workspaceId
      if (workspaceId === undefined) return
      const { change, reread } = book.applyOutcome(outcome, replayed)
      if (change !== undefined) write(workspaceId, [change])
      if (reread) accounts.reread(outcome.accountId)
    }
  })
  return yield* Effect.raceFirst(source.run, accounts.run)
}, Effect.scoped)

/** The trace that everything decided with this price will belong to; undefined where no spans are exported. */
const beginTrace = (spans: PlainSpans, { market, receivedAtMs, source }: MarketTick, nowMs: number) => {
  const attributes = { market, source }
  const span = spans.begin("market-data receives a price", { kind: "producer", startMs: receivedAtMs, attributes })
  span?.end(nowMs)
  return span?.traceparent
}

const tickRecord = (tick: MarketTick, traceparent: string | undefined) =>
  outgoing(marketTicks, {
    key: tick.market,
    value: tick,
    workspaceId: marketWorkspace,
    ...(traceparent === undefined ? {} : { headers: { [traceHeader]: traceparent } })
  })
