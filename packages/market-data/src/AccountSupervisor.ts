import type { Account, Position } from "@millrace/contracts"
import { ExchangeError } from "@millrace/exchange"
import { Credentials, StoreError } from "@millrace/store"
import { Effect, FiberMap, Metric, Queue, Redacted } from "effect"
import type { AccountDirectory } from "./AccountDirectory.ts"
import { isRefused, watchAccount } from "./AccountWatcher.ts"
import type { MarketDataSettings } from "./MarketDataConfig.ts"
import type { PositionBook } from "./PositionBook.ts"

export interface AccountSupervisorOptions {
  readonly settings: MarketDataSettings
  readonly directory: AccountDirectory
  readonly book: PositionBook
  readonly write: (account: Account, changes: ReadonlyArray<Position>) => void
  readonly marketTimeMs: () => number
}

export interface AccountSupervisor {
  /** Reads an account's trades again soon. Plain and immediate; nothing happens for an account that is not watched. */
  readonly reread: (accountId: string) => void
  /** Watches every active account of the network, as accounts come and go. Runs for ever. */
  readonly run: Effect.Effect<never>
}

const accountsGauge = Metric.gauge("millrace_market_data_accounts", { description: "accounts by state" })

/** One session per active account; what happens to one never touches another. */
export const makeAccountSupervisor = Effect.fnUntraced(function* (options: AccountSupervisorOptions) {
  const { directory, settings } = options
  const credentials = yield* Credentials
  const watchers = yield* FiberMap.make<string>()
  const rereads = new Map<string, () => void>()
  const versions = new Map<string, number>()
  const refused = new Set<string>()

  const count = Effect.suspend(() =>
    Effect.andThen(
      Metric.update(Metric.withAttributes(accountsGauge, { state: "refused" }), refused.size),
      Metric.update(Metric.withAttributes(accountsGauge, { state: "watched" }), versions.size - refused.size)
    )
  )

  const watchOnce = (account: Account) =>
    Effect.scoped(
      Effect.gen(function* () {
        const found = yield* credentials.find(account.accountId)
        refused.delete(account.accountId)
        yield* count
        return yield* watchAccount({
          ...options,
          account,
          credentials: Redacted.value(found),
          onReread: (reread) => rereads.set(account.accountId, reread)
        })
      })
    )

  const disable = Effect.fnUntraced(function* (account: Account, error: { readonly message: string }) {
    refused.add(account.accountId)
    yield* count
    yield* Effect.logError("an account is not watched: its credentials are missing or refused").pipe(
      Effect.annotateLogs({
        accountId: account.accountId,
        error: error.message,
        remedy: "store the account's key, secret and passphrase again"
      })
    )
    yield* credentials.forget(account.accountId)
    yield* Effect.sleep(settings.refusedRetry)
  })

  const watch = (account: Account): Effect.Effect<never, never, Effect.Services<ReturnType<typeof watchOnce>>> =>
    watchOnce(account).pipe(
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
    rereads.delete(accountId)
    versions.delete(accountId)
    refused.delete(accountId)
    yield* FiberMap.remove(watchers, accountId)
    yield* count
  })

  const reconcile = Effect.fnUntraced(function* (accountId: string) {
    const account = directory.account(accountId)
    const wanted = account?.active && account.network === settings.network
    if (!wanted) {
      if (versions.has(accountId)) yield* stop(accountId)
      return
    }
    if (versions.get(accountId) === account.version) return
    // A new version may bring new credentials: the session starts over with them.
    if (versions.has(accountId)) yield* credentials.forget(accountId)
    versions.set(accountId, account.version)
    yield* FiberMap.run(watchers, accountId, watch(account))
  })

  const changed = yield* Queue.unbounded<string>()
  yield* directory.subscribe((accountId) => Queue.offerUnsafe(changed, accountId))
  const run = Effect.gen(function* () {
    for (const accountId of directory.accountIds()) yield* reconcile(accountId)
    return yield* Effect.forever(Effect.flatMap(Queue.take(changed), reconcile))
  })
  return { reread: (accountId: string) => rereads.get(accountId)?.(), run }
})
