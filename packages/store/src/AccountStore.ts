import { PgClient } from "@effect/sql-pg"
import type { Account, Rule } from "@millrace/contracts"
import { Context, Effect, Layer } from "effect"
import {
  type AccountChanges,
  type AccountInput,
  ChangeRefused,
  type Listed,
  type ListedAccount,
  type ListFilter,
  type ModifiedBy,
  type RuleInput
} from "./AccountChanges.ts"
import {
  activeSimulatorAccounts,
  rewrapSome,
  selectAccounts,
  selectListedAccounts,
  selectRules
} from "./AccountStatements.ts"
import { accountsPage, rulesPage, ruleWithWorkspace } from "./accountPages.ts"
import { saveChanges, switchAccounts } from "./changeAccounts.ts"
import { StoreError } from "./IntentLedger.ts"
import { modifyAccount, modifyRule } from "./modifyAccounts.ts"
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
    /** All accounts, or those of a workspace, by id. */
    readonly list: (workspaceId?: string) => Effect.Effect<ReadonlyArray<ListedAccount>, StoreError>
    /** Accounts of a workspace by id, a part at a time. */
    readonly page: (workspaceId: string, filter: ListFilter) => Effect.Effect<Listed<ListedAccount>, StoreError>
    readonly listed: (accountId: string) => Effect.Effect<ListedAccount | undefined, StoreError>
    /** A rule with the workspace of its account. */
    readonly rule: (
      ruleId: string
    ) => Effect.Effect<{ readonly rule: Rule; readonly workspaceId: string } | undefined, StoreError>
    /** Rules of a workspace, or of one account in it, by id, a part at a time. */
    readonly rulesPage: (
      workspaceId: string,
      filter: ListFilter & { readonly accountId?: string | undefined }
    ) => Effect.Effect<Listed<Rule>, StoreError>
    /** All rules, or those of an account, by account and id. */
    readonly rules: (accountId?: string) => Effect.Effect<ReadonlyArray<Rule>, StoreError>
    /**
     * Stores what `change` makes of an account as its next version, with its credentials if there are new ones. The account is
     * locked meanwhile, so that no other change is lost.
     */
    readonly modifyAccount: (
      accountId: string,
      change: (account: Account) => AccountInput,
      by: ModifiedBy
    ) => Effect.Effect<Account, StoreError | ChangeRefused>
    /** The same for a rule. */
    readonly modifyRule: (
      ruleId: string,
      change: (rule: Rule) => RuleInput,
      by: Omit<ModifiedBy, "credentials">
    ) => Effect.Effect<Rule, StoreError | ChangeRefused>
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
      const secrets = yield* Secrets
      const parts = { sql, secrets, outbox: yield* Outbox }

      const rotateKeys = Effect.gen(function* () {
        let rotated = 0
        for (let some = -1; some !== 0; rotated += some) some = yield* rewrapSome(sql, secrets)
        return rotated
      })

      return AccountStore.of({
        save: Effect.fn("AccountStore.save")(
          (changes) => saveChanges(parts, changes),
          (self) => changing("save accounts", sql.withTransaction(self))
        ),
        setActive: Effect.fn("AccountStore.setActive")(
          (accountIds, active, actor) => switchAccounts(parts, accountIds, active, actor),
          (self) => reading("switch accounts", sql.withTransaction(self))
        ),
        startRun: Effect.fn("AccountStore.startRun")(
          function* (workspaceId: string, changes: AccountChanges) {
            const former = yield* activeSimulatorAccounts(sql, workspaceId)
            const changed = yield* switchAccounts(parts, former, false, changes.actor)
            yield* saveChanges(parts, changes)
            return changed
          },
          (self) => changing("start a run", sql.withTransaction(self))
        ),
        account: (accountId) =>
          reading(
            `read account ${accountId}`,
            Effect.map(selectAccounts(sql, sql`account_id = ${accountId}`), (rows) => rows[0])
          ),
        accountsOf: (workspaceId) => reading("read accounts", selectAccounts(sql, sql`workspace_id = ${workspaceId}`)),
        activeAccounts: reading("read accounts", selectAccounts(sql, sql`active`)),
        list: (workspaceId) =>
          reading(
            "list accounts",
            selectListedAccounts(sql, workspaceId === undefined ? sql`true` : sql`workspace_id = ${workspaceId}`)
          ),
        page: (workspaceId, filter) => reading("list accounts", accountsPage(sql, workspaceId, filter)),
        listed: (accountId) =>
          reading(
            `read account ${accountId}`,
            Effect.map(selectListedAccounts(sql, sql`account_id = ${accountId}`), (rows) => rows[0])
          ),
        rule: (ruleId) => reading(`read rule ${ruleId}`, ruleWithWorkspace(sql, ruleId)),
        rulesPage: (workspaceId, filter) => reading("list rules", rulesPage(sql, workspaceId, filter)),
        rules: (accountId) =>
          reading("read rules", selectRules(sql, accountId === undefined ? sql`true` : sql`account_id = ${accountId}`)),
        modifyAccount: Effect.fn("AccountStore.modifyAccount")(
          (accountId, change, by) => modifyAccount(parts, accountId, change, by),
          (self) => changing("change an account", sql.withTransaction(self))
        ),
        modifyRule: Effect.fn("AccountStore.modifyRule")(
          (ruleId, change, by) => modifyRule(parts, ruleId, change, by),
          (self) => changing("change a rule", sql.withTransaction(self))
        ),
        rulesOf: (accountId) => reading(`read rules of ${accountId}`, selectRules(sql, sql`account_id = ${accountId}`)),
        rotateKeys: reading("rotate the accounts' keys", rotateKeys)
      })
    })
  )
}

const reading = <A, E>(operation: string, self: Effect.Effect<A, E>) =>
  Effect.mapError(self, (cause) => new StoreError({ operation, cause }))

const changing = <A, E>(operation: string, self: Effect.Effect<A, E>) =>
  Effect.mapError(self, (error) =>
    error instanceof ChangeRefused || error instanceof StoreError ? error : new StoreError({ operation, cause: error })
  )
