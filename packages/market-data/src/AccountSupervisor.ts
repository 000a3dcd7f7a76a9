import type { Account, Position } from "@millrace/contracts"
import { Exchange, ExchangeError } from "@millrace/exchange"
import { Credentials, StoreError } from "@millrace/store"
import { Duration, Effect, FiberMap, Metric, Queue, Random, Redacted } from "effect"
import type { AccountDirectory } from "./AccountDirectory.ts"
import { watchAccount } from "./AccountWatcher.ts"
import type { ExchangeAlerts } from "./ExchangeAlerts.ts"
import type { MarketDataSettings } from "./MarketDataConfig.ts"
import type { PositionBook } from "./PositionBook.ts"
import type { RecentPrices } from "./RecentPrices.ts"
import { isRefused, makePositionReader } from "./readPositions.ts"

export interface AccountSupervisorOptions {
  readonly settings: MarketDataSettings
  readonly directory: AccountDirectory
  readonly book: PositionBook
  readonly alerts: ExchangeAlerts
  readonly prices: RecentPrices
  readonly write: (account: Account, changes: ReadonlyArray<Position>) => void
  readonly marketTimeMs: () => number
}

export interface AccountSupervisor {
  /** Reads an account's positions again soon. Plain and immediate; nothing happens for an account that is not watched. */
  readonly reread: (accountId: string) => void
  /** Follows every active account of the network, as accounts come and go. Runs for ever. */
  readonly run: Effect.Effect<never>
}

/** A busy account has a session with the exchange; an idle one is looked at now and then, without a stream. */
type Following = { readonly version: number; readonly mode: "watched" | "idle" }

const accountsGauge = Metric.gauge("millrace_market_data_accounts", { description: "accounts by state" })

/** One session per busy account; what happens to one never touches another. */
export const makeAccountSupervisor = Effect.fnUntraced(function* (options: AccountSupervisorOptions) {
  const { alerts, book, directory, settings } = options
  const credentials = yield* Credentials
  const exchange = yield* Exchange
  const fibers = yield* FiberMap.make<string>()
  const closing = yield* FiberMap.make<string>()
  const changed = yield* Queue.unbounded<string>()
  const rereads = new Map<string, () => void>()
  const following = new Map<string, Following>()
  const refused = new Set<string>()

  const count = Effect.suspend(() => {
    const states = { watched: 0, idle: 0, refused: refused.size }
    for (const [accountId, { mode }] of following) if (!refused.has(accountId)) states[mode] += 1
    return Effect.forEach(
      Object.entries(states),
      ([state, accounts]) => Metric.update(Metric.withAttributes(accountsGauge, { state }), accounts),
      { discard: true }
    )
  })

  const credentialsOf = Effect.fnUntraced(function* (account: Account) {
    const found = yield* credentials.find(account.accountId)
    refused.delete(account.accountId)
    yield* count
    return Redacted.value(found)
  })

  const watchOnce = (account: Account) =>
    Effect.gen(function* () {
      return yield* watchAccount({
        ...options,
        account,
        credentials: yield* credentialsOf(account),
        onReread: (reread) => rereads.set(account.accountId, reread)
      })
    }).pipe(Effect.scoped, Effect.ensuring(Effect.sync(() => rereads.delete(account.accountId))))

  /** Reads an idle account once; positions that it finds make the account busy, through the table. */
  const lookOnce = (account: Account) =>
    Effect.gen(function* () {
      const session = yield* exchange.account(account.accountId, yield* credentialsOf(account))
      const read = makePositionReader({ ...options, account, session, onFailure: () => {} })
      yield* read({ trades: true, cross: true })
    }).pipe(Effect.scoped)

  const lookRegularly = Effect.fnUntraced(function* (account: Account, firstAfter: Duration.Duration) {
    let wait = firstAfter
    return yield* Effect.forever(
      Effect.gen(function* () {
        yield* Effect.sleep(Duration.times(wait, yield* Random.next))
        yield* lookOnce(account)
        wait = Duration.times(settings.idleInterval, 2)
      })
    )
  })

  const disable = Effect.fnUntraced(function* (account: Account, error: { readonly message: string }) {
    const { accountId, name } = account
    refused.add(accountId)
    yield* count
    yield* Effect.logError("an account is not watched: its credentials are missing or refused").pipe(
      Effect.annotateLogs({
        accountId,
        error: error.message,
        remedy: `millrace accounts credentials set ${accountId}`
      })
    )
    const positions = book.ofAccount(accountId).length
    if (positions > 0) {
      alerts.raise({
        account,
        cause: "out_of_reach",
        since: `version ${account.version}`,
        level: "critical",
        title: `The credentials of ${name} are missing or refused`,
        body: `${positions} open positions are not followed and can't be protected (${error.message}). Store the API key again, and watch the positions by hand until then.`
      })
    }
    yield* credentials.forget(accountId)
    yield* Effect.sleep(settings.refusedRetry)
  })

  const untilRefused = <R>(account: Account, follow: Effect.Effect<never, { readonly message: string }, R>) =>
    follow.pipe(
      Effect.catch((error) => {
        const unrelated = error instanceof StoreError || (error instanceof ExchangeError && !isRefused(error))
        if (!unrelated) return disable(account, error)
        return Effect.andThen(
          Effect.logWarning("an account is not watched for the moment").pipe(
            Effect.annotateLogs({ accountId: account.accountId, error: error.message })
          ),
          Effect.sleep("2 seconds")
        )
      }),
      Effect.forever
    )

  const stop = Effect.fnUntraced(function* (accountId: string) {
    following.delete(accountId)
    refused.delete(accountId)
    alerts.forget(accountId)
    yield* FiberMap.remove(closing, accountId)
    yield* FiberMap.remove(fibers, accountId)
    yield* count
  })

  const follow = Effect.fnUntraced(function* (account: Account, mode: Following["mode"], firstLook: Duration.Duration) {
    const { accountId, version } = account
    const before = following.get(accountId)
    // A new version may bring new credentials: the session starts over with them.
    if (before !== undefined && before.version !== version) yield* credentials.forget(accountId)
    following.set(accountId, { version, mode })
    yield* FiberMap.run(
      fibers,
      accountId,
      untilRefused(account, mode === "watched" ? watchOnce(account) : lookRegularly(account, firstLook))
    )
    yield* count
  })

  /** Connections of an account that has just become idle are kept for a while: the next position often comes soon. */
  const closeLater = (accountId: string) =>
    FiberMap.run(
      closing,
      accountId,
      Effect.andThen(
        Effect.sleep(settings.idleAfter),
        Effect.suspend(() => {
          const account = directory.account(accountId)
          if (account === undefined || directory.isBusy(accountId)) return Effect.void
          return follow(account, "idle", settings.idleInterval)
        })
      ),
      { onlyIfMissing: true }
    )

  const reconcile = Effect.fnUntraced(function* (accountId: string, firstLook: Duration.Duration) {
    const account = directory.account(accountId)
    if (account === undefined || !account.active || account.network !== settings.network) {
      if (following.has(accountId)) yield* stop(accountId)
      return
    }
    const before = following.get(accountId)
    const busy = directory.isBusy(accountId)
    if (busy) yield* FiberMap.remove(closing, accountId)
    if (before?.version !== account.version) {
      const mode = busy || before?.mode === "watched" ? "watched" : "idle"
      yield* follow(account, mode, firstLook)
    } else if (busy && before.mode === "idle") yield* follow(account, "watched", firstLook)
    if (!busy && following.get(accountId)?.mode === "watched") yield* closeLater(accountId)
  })

  yield* directory.subscribe((accountId) => Queue.offerUnsafe(changed, accountId))
  const run = Effect.gen(function* () {
    // Those that are idle at the start are looked at spread over the interval; what comes later, soon.
    for (const accountId of directory.accountIds()) yield* reconcile(accountId, settings.idleInterval)
    return yield* Effect.forever(
      Effect.flatMap(Queue.take(changed), (accountId) => reconcile(accountId, Duration.seconds(1)))
    )
  })
  return { reread: (accountId: string) => rereads.get(accountId)?.(), run }
})
