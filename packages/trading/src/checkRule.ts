import type { AutoEntryRule, MarginGuardRule, Rule, TakeProfitStopLossRule } from "@millrace/contracts"

/** A field of a rule that can't be as it is. */
export interface RuleProblem {
  readonly field: string
  readonly found: string
  readonly expected: string
}

type Checked<A> = Omit<A, "_tag" | "version">

/** Every problem of a rule as its owner states it; empty: it can be stored. */
export const checkRule = (
  rule: Checked<MarginGuardRule> | Checked<TakeProfitStopLossRule> | Checked<AutoEntryRule>
): ReadonlyArray<RuleProblem> => {
  switch (rule.kind) {
    case "margin_guard":
      return [...checkCommon(rule), ...checkMarginGuard(rule)]
    case "tp_sl":
      return [...checkCommon(rule), ...checkTakeProfitStopLoss(rule)]
    case "auto_entry":
      return [...checkCommon(rule), ...checkAutoEntry(rule)]
  }
}

const problem = (field: string, found: unknown, expected: string): RuleProblem => ({
  field,
  found: found === undefined ? "nothing" : String(found),
  expected
})

const when = (wrong: boolean, field: string, found: unknown, expected: string): ReadonlyArray<RuleProblem> =>
  wrong ? [problem(field, found, expected)] : []

const checkCommon = (rule: Pick<Rule, "retryAfterMs">): ReadonlyArray<RuleProblem> =>
  when(rule.retryAfterMs < 1000, "retryAfterMs", rule.retryAfterMs, "at least 1000 milliseconds")

const checkMarginGuard = (rule: Checked<MarginGuardRule>): ReadonlyArray<RuleProblem> => {
  const { action, addMarginAmountSats, metric, reducePercentage, reduceStrategy, threshold } = rule
  const percentage = reducePercentage ?? 0
  return [
    ...when(threshold <= 0, "threshold", threshold, "above 0"),
    ...when(
      metric !== "distance_to_liquidation" && threshold > 1,
      "threshold",
      threshold,
      "at most 1, where the exchange liquidates"
    ),
    ...when(
      action === "reduce_position" && !(percentage > 0 && percentage <= 100),
      "reducePercentage",
      reducePercentage,
      "above 0 and at most 100, as the action is reduce_position"
    ),
    ...when(
      action !== "reduce_position" && reduceStrategy !== undefined,
      "reduceStrategy",
      reduceStrategy,
      "nothing, as the action is not reduce_position"
    ),
    ...when(
      action === "add_margin" && !((addMarginAmountSats ?? 0) > 0),
      "addMarginAmountSats",
      addMarginAmountSats,
      "above 0 satoshis, as the action is add_margin"
    )
  ]
}

const checkTakeProfitStopLoss = (rule: Checked<TakeProfitStopLossRule>): ReadonlyArray<RuleProblem> => {
  const { action, cashInAmountSats, newStopLossUsd, newTakeProfitUsd, triggerPnlPercentage } = rule
  return [
    ...when(
      triggerPnlPercentage === 0,
      "triggerPnlPercentage",
      0,
      "above 0 for a profit or below 0 for a loss, in percent of the margin"
    ),
    ...when(
      action === "update_tp" && newTakeProfitUsd === undefined,
      "newTakeProfitUsd",
      undefined,
      "a price in USD, as the action is update_tp"
    ),
    ...when(
      action === "update_sl" && newStopLossUsd === undefined,
      "newStopLossUsd",
      undefined,
      "a price in USD, as the action is update_sl"
    ),
    ...when(
      action === "cash_in" && !((cashInAmountSats ?? 0) > 0),
      "cashInAmountSats",
      cashInAmountSats,
      "above 0 satoshis, as the action is cash_in"
    )
  ]
}

/** Leverage of an entry that names none. */
export const defaultLeverage = 10

const checkAutoEntry = (rule: Checked<AutoEntryRule>): ReadonlyArray<RuleProblem> => {
  const { leverage, marginMode, quantityUsd, side, stopLossUsd, takeProfitUsd, triggerPriceUsd, triggerType } = rule
  const often = (rule.maxActions?.count ?? 1) > 1
  const cross = marginMode === "cross"
  const most = cross ? 10_000_000 : 500_000
  return [
    ...when(!(leverage >= 1 && leverage <= 100), "leverage", leverage, "1 to 100"),
    ...when(cross && !Number.isInteger(leverage), "leverage", leverage, "a whole number, as the margin is cross"),
    ...when(quantityUsd > most, "quantityUsd", quantityUsd, `at most ${most} USD for ${marginMode} margin`),
    ...when(
      often && !((rule.coolDownMs ?? 0) > 0),
      "coolDownMs",
      rule.coolDownMs,
      "above 0 milliseconds, as it may act more than once"
    ),
    ...when(
      triggerType === "limit" && triggerPriceUsd === undefined,
      "triggerPriceUsd",
      undefined,
      "a price in USD, as the trigger type is limit"
    ),
    ...when(
      cross && (stopLossUsd !== undefined || takeProfitUsd !== undefined),
      stopLossUsd === undefined ? "takeProfitUsd" : "stopLossUsd",
      stopLossUsd ?? takeProfitUsd,
      "nothing, as the exchange has none for cross margin"
    ),
    ...checkSides(side, "stopLossUsd", stopLossUsd, triggerPriceUsd, "below"),
    ...checkSides(side, "takeProfitUsd", takeProfitUsd, triggerPriceUsd, "above")
  ]
}

/** A long has its stop loss below and its take profit above the price it enters at, a short the other way round. */
const checkSides = (
  side: "buy" | "sell",
  field: "stopLossUsd" | "takeProfitUsd",
  found: number | undefined,
  entryUsd: number | undefined,
  ofLong: "above" | "below"
): ReadonlyArray<RuleProblem> => {
  if (found === undefined || entryUsd === undefined) return []
  const wanted = (ofLong === "above") === (side === "buy") ? "above" : "below"
  const holds = wanted === "above" ? found > entryUsd : found < entryUsd
  return when(!holds, field, found, `${wanted} the trigger price ${entryUsd}, as the side is ${side}`)
}
