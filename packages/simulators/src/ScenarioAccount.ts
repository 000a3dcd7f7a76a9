import { Result, Schema } from "effect"
import type { ApiKey } from "./ApiKeys.ts"
import { moveCrossMargin } from "./CrossPosition.ts"
import type { LocalExchange } from "./LocalExchange.ts"
import type { Refusal } from "./MarketState.ts"
import { ScenarioId } from "./ScenarioId.ts"

/** An account as a scenario names it. */
export const ScenarioAccount = Schema.Struct({
  id: ScenarioId,
  name: Schema.NonEmptyString,
  /** Satoshis. */
  balance: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  /** Satoshis of the balance that are cross margin from the beginning; absent: none. */
  cross_margin: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0)))
})
export type ScenarioAccount = typeof ScenarioAccount.Type

/** Opens an account with its balance, and moves its cross margin out of it. Refused where the balance does not hold it. */
export const openScenarioAccount = (
  exchange: LocalExchange,
  account: Parameters<LocalExchange["openAccount"]>[0] & Pick<ScenarioAccount, "cross_margin">
): Result.Result<ApiKey, Refusal> => {
  const { cross_margin: crossMargin, id } = account
  const opened = exchange.openAccount(account)
  if (crossMargin === undefined || Result.isFailure(opened)) return opened
  return Result.flatMap(
    exchange.run((state) => moveCrossMargin(state, id, crossMargin)),
    () => opened
  )
}
