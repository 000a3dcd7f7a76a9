import { type Account, type AccountState, accountState, type Position } from "@millrace/contracts"
import { makeTable, type TableHandle } from "@millrace/runtime"
import { Effect, type Scope } from "effect"

/** Accounts and positions as `account-state` has them. All functions are plain and immediate. */
export interface AccountDirectory {
  readonly table: TableHandle<AccountState>
  readonly account: (accountId: string) => Account | undefined
  readonly accountIds: () => ReadonlyArray<string>
  readonly positions: () => ReadonlyArray<Position>
  /** Tells of each account that changes, until the scope closes. */
  readonly subscribe: (listener: (accountId: string) => void) => Effect.Effect<void, never, Scope.Scope>
}

/** Makes the directory; a worker that runs with its table fills it. `onPosition` gets each position that is written. */
export const makeAccountDirectory = Effect.fnUntraced(function* (onPosition: (position: Position) => void) {
  const listeners = new Set<(accountId: string) => void>()
  const table = yield* makeTable<AccountState>({
    contract: accountState,
    scope: "all",
    onChange: ({ previous, value }) => {
      const state = value ?? previous
      if (state?._tag === "Account") for (const listener of listeners) listener(state.accountId)
      else if (value?._tag === "Position") onPosition(value)
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
    subscribe: (listener) =>
      Effect.acquireRelease(
        Effect.sync(() => listeners.add(listener)),
        () => Effect.sync(() => listeners.delete(listener))
      )
  }
  return directory
})
