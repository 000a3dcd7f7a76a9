import { type Account, type AccountState, accountState, accountStateKey, type Position } from "@millrace/contracts"
import { makeTable, type TableHandle } from "@millrace/runtime"
import { Effect, type Scope } from "effect"

/** Accounts, rules and positions as `account-state` has them. All functions are plain and immediate. */
export interface AccountDirectory {
  readonly table: TableHandle<AccountState>
  readonly account: (accountId: string) => Account | undefined
  readonly accountIds: () => ReadonlyArray<string>
  readonly positions: () => ReadonlyArray<Position>
  /** Whether the account has an open position, or an enabled rule that may act at any tick. */
  readonly isBusy: (accountId: string) => boolean
  /** Tells of each account that changes, or gets or loses its first reason to be busy, until the scope closes. */
  readonly subscribe: (listener: (accountId: string) => void) => Effect.Effect<void, never, Scope.Scope>
}

/** Makes the directory; a worker that runs with its table fills it. `onPosition` gets each position that is written. */
export const makeAccountDirectory = Effect.fnUntraced(function* (onPosition: (position: Position) => void) {
  const listeners = new Set<(accountId: string) => void>()
  const reasons = new Map<string, Set<string>>()
  const isBusy = (accountId: string): boolean => reasons.has(accountId)

  /** Notes or withdraws a reason to be busy; `true`: the account's answer changed. */
  const note = (state: AccountState, holds: boolean): boolean => {
    const { accountId } = state
    const before = isBusy(accountId)
    const ofAccount = reasons.get(accountId) ?? new Set()
    if (holds) reasons.set(accountId, ofAccount.add(accountStateKey(state)))
    else if (ofAccount.delete(accountStateKey(state)) && ofAccount.size === 0) reasons.delete(accountId)
    return before !== isBusy(accountId)
  }

  const table = yield* makeTable<AccountState>({
    contract: accountState,
    scope: "all",
    onChange: ({ previous, value }) => {
      const state = value ?? previous
      if (state === undefined) return
      const changed = state._tag === "Account" || note(state, value !== undefined && keepsBusy(value))
      if (changed) for (const listener of listeners) listener(state.accountId)
      if (value?._tag === "Position") onPosition(value)
    }
  })
  const statesOf = <T extends AccountState["_tag"]>(tag: T): ReadonlyArray<Extract<AccountState, { _tag: T }>> => {
    const states: Array<Extract<AccountState, { _tag: T }>> = []
    for (const [, state] of table.entries()) {
      if (state._tag === tag) states.push(state as Extract<AccountState, { _tag: T }>)
    }
    return states
  }
  const directory: AccountDirectory = {
    table,
    account: (accountId) => {
      const state = table.get(`account/${accountId}/${accountId}`)
      return state?._tag === "Account" ? state : undefined
    },
    accountIds: () => statesOf("Account").map(({ accountId }) => accountId),
    positions: () => statesOf("Position"),
    isBusy,
    subscribe: (listener) =>
      Effect.acquireRelease(
        Effect.sync(() => listeners.add(listener)),
        () => Effect.sync(() => listeners.delete(listener))
      )
  }
  return directory
})

const keepsBusy = (state: AccountState): boolean =>
  (state._tag === "Position" && state.status === "open") || (state._tag === "Rule" && state.enabled)
