import type { TradingScope } from "@millrace/contracts"
import { nearest } from "@millrace/history"
import { TradingScopes } from "@millrace/store"
import { Effect, Option } from "effect"
import { refused } from "./CommandFailed.ts"

/** Account and rule as the flags name them. */
export interface AskedScope {
  readonly account: Option.Option<string>
  readonly rule: Option.Option<string>
}

/**
 * The scope that was asked for; a rule's account need not be named. Fails with `CommandFailed`, and names what is most like
 * it, when there is no such account or rule, or the rule is another account's.
 */
export const tradingScopeOf = Effect.fnUntraced(function* (asked: AskedScope) {
  const scopes = yield* TradingScopes
  const accountId = Option.getOrUndefined(asked.account)
  const ruleId = Option.getOrUndefined(asked.rule)
  if (accountId === undefined && ruleId === undefined) return {} satisfies TradingScope
  const accounts = accountId === undefined ? [] : yield* scopes.accounts
  if (accountId !== undefined && !accounts.some((one) => one.accountId === accountId)) {
    const byName = accounts.filter(({ name }) => name.toLowerCase() === accountId.toLowerCase())
    const like =
      byName.length > 0
        ? byName.map((one) => one.accountId)
        : nearest(
            accountId,
            accounts.map((one) => one.accountId)
          )
    return yield* refused(`There is no account ${accountId}. ${knownOnes("account", like)}`)
  }
  if (ruleId === undefined) return { ...(accountId === undefined ? {} : { accountId }) } satisfies TradingScope
  const rules = yield* scopes.rules
  const rule = rules.find((one) => one.ruleId === ruleId)
  if (rule === undefined) {
    const own = rules.filter((one) => accountId === undefined || one.accountId === accountId).map((one) => one.ruleId)
    return yield* refused(`There is no rule ${ruleId}. ${knownOnes("rule", nearest(ruleId, own))}`)
  }
  if (accountId !== undefined && rule.accountId !== accountId)
    return yield* refused(`Rule ${ruleId} belongs to account ${rule.accountId}, not to ${accountId}.`)
  return { accountId: rule.accountId, ruleId } satisfies TradingScope
})

const knownOnes = (what: string, names: ReadonlyArray<string>): string =>
  names.length === 0 ? `There is no ${what} at all.` : `The most like it: ${names.join(", ")}.`
