import { PgClient } from "@effect/sql-pg"
import type { Account, Rule } from "@millrace/contracts"
import { Context, Effect, Layer } from "effect"
import { type AccountChanges, ChangeRefused } from "./AccountChanges.ts"
import { makeAccountQueries } from "./AccountQueries.ts"
import { StoreError } from "./IntentLedger.ts"
import { Outbox } from "./Outbox.ts"
import { Secrets } from "./Secrets.ts"

/** Accounts, their rules and credentials. Every change is one transaction with the outbox entries that tell of it. */
export class AccountStore extends Context.Service<
  AccountStore,
  {
    /** Creates or replaces what is given, all or nothing; a known id gets the next version. */
    readonly save: (changes: AccountChanges) => Effect.Effect<void, StoreError | ChangeRefused>
    /** Switches accounts off or on, and stores that as their next version; returns those that changed. */
    readonly setActive: (
      accountIds: ReadonlyArray<string>,
      active: boolean,
      actor?: string
    ) => Effect.Effect<ReadonlyArray<string>, StoreError>
    /**
     * Starts a run: switches off every active account of the network `simulator` outside `workspaceId`, and saves the
     * changes, in one transaction. Returns the ids switched off.
     */
    readonly startRun: (
      workspaceId: string,
      changes: AccountChanges
    ) => Effect.Effect<ReadonlyArray<string>, StoreError | ChangeRefused>
    readonly account: (accountId: string) => Effect.Effect<Account | undefined, StoreError>
    readonly accountsOf: (workspaceId: string) => Effect.Effect<ReadonlyArray<Account>, StoreError>
    readonly activeAccounts: Effect.Effect<ReadonlyArray<Account>, StoreError>
    readonly rulesOf: (accountId: string) => Effect.Effect<ReadonlyArray<Rule>, StoreError>
    /** Puts the data keys of all credentials under the current master key; returns how many were under another. */
    readonly rotateKeys: Effect.Effect<number, StoreError>
  }
>()("@millrace/store/AccountStore") {
  static readonly layerPg = Layer.effect(
    AccountStore,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const queries = makeAccountQueries(sql, yield* Secrets, yield* Outbox)
      const transaction =
        (operation: string) =>
        <A, E>(self: Effect.Effect<A, E>) =>
          self.pipe(
            sql.withTransaction,
            Effect.mapError((error) =>
              error instanceof ChangeRefused || error instanceof StoreError
                ? error
                : new StoreError({ operation, cause: error })
            )
          )
      const reading = <A, E>(operation: string, self: Effect.Effect<A, E>) =>
        Effect.mapError(self, (cause) => new StoreError({ operation, cause }))

      const rotateKeys = Effect.gen(function* () {
        let rotated = 0
        for (let batch = yield* queries.rewrapSome; batch > 0; batch = yield* queries.rewrapSome) rotated += batch
        return rotated
      })

      return AccountStore.of({
        save: Effect.fn("AccountStore.save")((changes) => queries.save(changes), transaction("save accounts")),
        setActive: Effect.fn("AccountStore.setActive")(
          (accountIds, active, actor) => queries.setActive(accountIds, active, actor),
          (self) => reading("switch accounts", sql.withTransaction(self))
        ),
        startRun: Effect.fn("AccountStore.startRun")(function* (workspaceId: string, changes: AccountChanges) {
          const former = yield* queries.activeSimulatorAccounts(workspaceId)
          const changed = yield* queries.setActive(former, false, changes.actor)
          yield* queries.save(changes)
          return changed
        }, transaction("start a run")),
        account: (accountId) =>
          reading(
            `read account ${accountId}`,
            Effect.map(queries.accounts(sql`account_id = ${accountId}`), (rows) => rows[0])
          ),
        accountsOf: (workspaceId) => reading("read accounts", queries.accounts(sql`workspace_id = ${workspaceId}`)),
        activeAccounts: reading("read accounts", queries.accounts(sql`active`)),
        rulesOf: (accountId) => reading(`read rules of ${accountId}`, queries.rulesOf(accountId)),
        rotateKeys: reading("rotate the accounts' keys", rotateKeys)
      })
    })
  )
}
