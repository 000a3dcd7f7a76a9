import { type Account, type MarketTick, marketTicks, type Position, type TradeOutcome } from "@millrace/contracts"
import { outgoing } from "@millrace/runtime"
import { Clock, Effect } from "effect"
import type { AccountDirectory } from "./AccountDirectory.ts"
import { makeAccountSupervisor } from "./AccountSupervisor.ts"
import type { Leadership } from "./Leadership.ts"
import type { MarketDataSettings } from "./MarketDataConfig.ts"
import { makeOrderedPublisher } from "./OrderedPublisher.ts"
import type { OutcomeRelay } from "./OutcomeRelay.ts"
import { makePositionBook } from "./PositionBook.ts"
import { positionRecords } from "./positionRecords.ts"
import { makeTickSource } from "./TickSource.ts"

export interface LeaderOptions {
  readonly settings: MarketDataSettings
  readonly directory: AccountDirectory
  readonly outcomes: OutcomeRelay
}

/** Time for the last revisions of an earlier leader to reach the table. */
const settling = "300 millis"

/** Workspace of records that belong to no tenant: prices of the market. */
export const marketWorkspace = "market"

/** What the leader of a market does: publish its prices, keep the positions of all accounts. Runs for ever. */
export const lead = Effect.fnUntraced(function* (options: LeaderOptions, leadership: Leadership) {
  const { directory, outcomes, settings } = options
  const { epoch, held, sinceMs, tookOver } = leadership
  const clock = yield* Clock.Clock
  // Two senders, so that a thousand positions that change at once do not hold up the next price.
  const tickSender = yield* makeOrderedPublisher({ name: "market-ticks", allowed: held })
  const stateSender = yield* makeOrderedPublisher({ name: "account-state", allowed: held })

  if (tookOver) yield* Effect.sleep(settling)
  const book = makePositionBook(settings.market, epoch)
  for (const position of directory.positions()) book.load(position)

  const source = yield* makeTickSource({
    settings,
    epoch,
    emit: (ticks) => tickSender.offer(ticks.map(tickRecord))
  })
  const marketTimeMs = () => source.marketTimeMs() ?? clock.currentTimeMillisUnsafe()
  const write = (workspaceId: string, changes: ReadonlyArray<Position>) =>
    stateSender.offer(changes.flatMap((change) => positionRecords(change, workspaceId)))

  const accounts = yield* makeAccountSupervisor({
    settings,
    directory,
    book,
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

const tickRecord = (tick: MarketTick) =>
  outgoing(marketTicks, { key: tick.market, value: tick, workspaceId: marketWorkspace })
