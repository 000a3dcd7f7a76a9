import {
  type Account,
  type AccountHistory,
  type AccountState,
  accountHistory,
  accountState,
  accountStateKey,
  type Position,
  type Rule
} from "@millrace/contracts"
import { Effect } from "effect"
import { asOf, type KeptTable, type RowState } from "./asOf.ts"
import { History } from "./History.ts"
import type { HistoryError } from "./HistoryError.ts"
import type { Recorded } from "./SectionCursor.ts"

/** Accounts, rules and open positions as they were at a time, by id. */
export interface AccountsAt {
  readonly accounts: ReadonlyMap<string, Account>
  readonly rules: ReadonlyMap<string, Rule>
  readonly positions: ReadonlyMap<string, Position>
  /** The same as rows of account-state, with the workspace of their records. */
  readonly rows: ReadonlyArray<RowState<AccountState> & { readonly value: AccountState }>
}

/**
 * Returns what account-state said at a wall time (positions as the records show them: closed ones are left out), of one
 * account or of all. Fails with `BeyondRetention` and `HistoryUnreadable`.
 */
export const accountsAt = Effect.fn("History.accountsAt")(function* (
  timeMs: number,
  accountId?: string
): Effect.fn.Return<AccountsAt, HistoryError, History> {
  const history = yield* History
  const kept: KeptTable<AccountState, AccountState, AccountHistory> = {
    table: accountState,
    history: accountHistory,
    tableRow: (record) => rowOf(record.key, record.value ?? undefined, record),
    change: ({ value, ...record }) =>
      value === null
        ? undefined
        : value._tag === "Removed"
          ? rowOf(value.key, undefined, record)
          : rowOf(accountStateKey(value), value, record),
    tableKey: accountId,
    historyKey: accountId
  }
  const found = yield* asOf(history, kept, timeMs)
  const rows = [...found.values()].flatMap((row) => (row.value === undefined ? [] : [{ ...row, value: row.value }]))
  return {
    accounts: byId(rows, (value) => (value._tag === "Account" ? value : undefined), "accountId"),
    rules: byId(rows, (value) => (value._tag === "Rule" ? value : undefined), "ruleId"),
    positions: byId(rows, (value) => (value._tag === "Position" ? value : undefined), "positionId"),
    rows
  }
})

/** A position that was closed is no longer in the table: its tombstone follows. */
const rowOf = (
  key: string,
  value: AccountState | undefined,
  record: Pick<Recorded<unknown>, "workspaceId" | "timestampMs">
): RowState<AccountState> => ({
  key,
  value: value?._tag === "Position" && value.status === "closed" ? undefined : value,
  workspaceId: record.workspaceId,
  atMs: record.timestampMs,
  first: isFirst(value)
})

const isFirst = (value: AccountState | undefined): boolean =>
  value !== undefined && (value._tag === "Position" ? value.revision === 1 : value.version === 1)

const byId = <A extends AccountState, K extends keyof A>(
  rows: ReadonlyArray<{ readonly value: AccountState }>,
  pick: (value: AccountState) => A | undefined,
  id: K
): ReadonlyMap<string, A> =>
  new Map(
    rows.flatMap((row) => {
      const value = pick(row.value)
      return value === undefined ? [] : [[String(value[id]), value] as const]
    })
  )
