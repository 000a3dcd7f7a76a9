import type { TradingScope } from "@millrace/contracts"
import { type AccountBook, type PartitionState, rulesWatched } from "./PartitionState.ts"
import type { ControlsVerdict } from "./WatchedRule.ts"
import { recheck } from "./watching.ts"

/** What the controls say now of a rule. */
export type VerdictOf = (scope: TradingScope) => ControlsVerdict

/** Keeps the verdicts of the rules in a scope, and has those looked at again for which it changed. */
export const applyVerdicts = (state: PartitionState, scope: TradingScope, verdictOf: VerdictOf): void => {
  for (const book of booksIn(state, scope)) {
    const rules = scope.ruleId === undefined ? [...book.rules.keys(), ...book.entries.keys()] : [scope.ruleId]
    const changed = new Set(rules.filter((ruleId) => keepVerdict(book, ruleId, verdictOf)))
    if (changed.size === 0) continue
    for (const watched of rulesWatched(book)) if (changed.has(watched.rule.ruleId)) recheck(state, watched)
  }
}

const booksIn = ({ accounts }: PartitionState, { accountId }: TradingScope): ReadonlyArray<AccountBook> => {
  if (accountId === undefined) return [...accounts.values()]
  const book = accounts.get(accountId)
  return book === undefined ? [] : [book]
}

/** Returns whether it is another than before. */
const keepVerdict = (book: AccountBook, ruleId: string, verdictOf: VerdictOf): boolean => {
  const { mode, readable } = verdictOf({ accountId: book.accountId, ruleId })
  const before = book.verdicts.get(ruleId)
  if ((before?.mode ?? "ACTIVE") === mode && (before?.readable ?? true) === readable) return false
  if (mode === "ACTIVE" && readable) book.verdicts.delete(ruleId)
  else book.verdicts.set(ruleId, { mode, readable })
  return true
}
