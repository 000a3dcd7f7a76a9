import { type AccountHistory, accountHistory, accountStateKey } from "@millrace/contracts"
import { History } from "@millrace/history"
import type { ToldState } from "@millrace/store"
import { Effect, Stream } from "effect"

/**
 * Returns the last that the workers were told within a time of each account and rule that changed in it, from account-history;
 * of what it does not hold any more, nothing.
 */
export const toldStates = Effect.fnUntraced(function* (range: { readonly fromMs: number; readonly toMs: number }) {
  const { records } = yield* History
  const told = new Map<string, ToldState>()
  yield* records(accountHistory, { ...range, whatIsLeft: true }).pipe(
    Stream.runForEach(({ timestampMs, value, workspaceId }) =>
      Effect.sync(() => {
        const state = value === null ? undefined : toldOf(value, workspaceId, timestampMs)
        if (state === undefined) return
        const version = Math.max(state.version, told.get(state.key)?.version ?? 0)
        told.set(state.key, { ...state, version })
      })
    )
  )
  return [...told.values()]
})

const toldOf = (value: AccountHistory, workspaceId: string, atMs: number): ToldState | undefined => {
  const { accountId } = value
  const of = { accountId, workspaceId, atMs }
  switch (value._tag) {
    case "Account":
      return {
        ...of,
        kind: "account",
        id: accountId,
        key: accountStateKey(value),
        version: value.version,
        removed: false
      }
    case "Rule":
      return {
        ...of,
        kind: "rule",
        id: value.ruleId,
        key: accountStateKey(value),
        version: value.version,
        removed: false
      }
    case "Removed": {
      const [kind, , id = ""] = value.key.split("/")
      if (kind !== "account" && kind !== "rule") return undefined
      return { ...of, kind, id, key: value.key, version: 0, removed: true }
    }
    default:
      return undefined
  }
}
