import {
  type AutoEntryRule,
  decodeYaml,
  type ErrorKind,
  type MarginGuardRule,
  type TakeProfitStopLossRule
} from "@millrace/contracts"
import { Result, Schema } from "effect"
import { checkRule, defaultLeverage } from "./checkRule.ts"
import { RuleSyntax } from "./RuleSyntax.ts"

/** A rule as its owner states it; who stores it counts the version. */
export type StatedRule =
  | Omit<MarginGuardRule, "_tag" | "version">
  | Omit<TakeProfitStopLossRule, "_tag" | "version">
  | Omit<AutoEntryRule, "_tag" | "version">

/** A file of rules can't be used as it is; the message has one line for each fault, with file, line and column. */
export class InvalidRules extends Schema.TaggedError<InvalidRules>()("InvalidRules", { message: Schema.String }) {
  readonly kind: ErrorKind = "permanent"
}

/** A rule of a file, and what it says itself of the switches that otherwise stay as they are stored. */
export interface StatementOfRule {
  readonly rule: StatedRule
  readonly states: { readonly enabled: boolean; readonly dryRun: boolean }
}

/** What holds for a rule that does not say otherwise. */
export interface RuleDefaults {
  readonly dryRun: boolean
}

/** Market time between two attempts of a rule that names none. */
const retryAfterMs = 60_000

const RulesFile = Schema.Struct({ rules: Schema.Array(RuleSyntax) })

/**
 * Parses the text of a file `rules: […]`; `file` is its name for messages.
 *
 * Fails with `InvalidRules`: a word that has no meaning, an id that stands twice, or what `checkRule` finds.
 */
export const parseRules = (
  text: string,
  file: string,
  defaults: RuleDefaults
): Result.Result<ReadonlyArray<StatedRule>, InvalidRules> =>
  Result.map(readRules(text, file, defaults), (read) => read.map(({ rule }) => rule))

/** The same, with what each rule says itself. */
export const readRules = (
  text: string,
  file: string,
  defaults: RuleDefaults
): Result.Result<ReadonlyArray<StatementOfRule>, InvalidRules> => {
  const decoded = decodeYaml(RulesFile, text, file)
  if (Result.isFailure(decoded)) return invalid(decoded.failure)
  const { value, where } = decoded.success
  const stated = statedRules(value.rules, (index, field) => where(["rules", index, field]), defaults)
  if (Result.isFailure(stated)) return invalid(stated.failure)
  return Result.succeed(
    stated.success.map((rule, index) => {
      const { dry_run, enabled } = value.rules[index]!
      return { rule, states: { enabled: enabled !== undefined, dryRun: dry_run !== undefined } }
    })
  )
}

/** The rules of a decoded file. Fails with a line for each fault; `where` says where a field of a rule stands. */
export const statedRules = (
  rules: ReadonlyArray<RuleSyntax>,
  where: (index: number, field: string) => string,
  defaults: RuleDefaults
): Result.Result<ReadonlyArray<StatedRule>, ReadonlyArray<string>> => {
  const stated = rules.map((rule) => statedRule(rule, defaults))
  const seen = new Set<string>()
  const faults = rules.flatMap((rule, index) => {
    const again = seen.has(rule.id)
    seen.add(rule.id)
    return [
      ...(again ? [`${where(index, "id")}: found id "${rule.id}" again, expected each id once`] : []),
      ...wordFaults(rule, index, where),
      ...unusedFaults(rule, index, where),
      ...checkRule(stated[index]!).map(({ expected, field, found }) => {
        const word = wordOf(field, rule)
        return `${where(index, word)}: ${word} of rule "${rule.id}": found ${found}, expected ${expected}`
      })
    ]
  })
  return faults.length === 0 ? Result.succeed(stated) : Result.fail(faults)
}

const invalid = (messages: ReadonlyArray<string>) => Result.fail(new InvalidRules({ message: messages.join("\n") }))

/** Amounts and prices, each with the one action that uses it. */
const usedBy = {
  reduce_percentage: "reduce_position",
  add_margin_amount: "add_margin",
  new_takeprofit: "update_tp",
  new_stoploss: "update_sl",
  cash_in_amount: "cash_in"
} as const

const unusedFaults = (rule: RuleSyntax, index: number, where: (index: number, field: string) => string) => {
  if (rule.kind === "auto_entry") return []
  const { action, id } = rule
  return Object.entries(usedBy).flatMap(([word, user]) => {
    const found: unknown = Reflect.get(rule, word)
    if (found === undefined || action === user) return []
    return [
      `${where(index, word)}: ${word} of rule "${id}": found ${found}, expected nothing, as the action is ${action}`
    ]
  })
}

const wordFaults = (rule: RuleSyntax, index: number, where: (index: number, field: string) => string) => {
  if (rule.kind !== "margin_guard") return []
  const found = [rule.threshold, rule.margin_threshold].filter((value) => value !== undefined)
  if (found.length === 1) return []
  const said = found.length === 0 ? "none" : "both"
  return [`${where(index, "id")}: rule "${rule.id}" has ${said} of threshold and margin_threshold, expected one`]
}

/** The word of the file for a field of the rule. */
const wordOf = (field: string, rule: RuleSyntax): string => {
  if (field === "threshold" && rule.kind === "margin_guard" && rule.threshold === undefined) return "margin_threshold"
  return ruleWords[field] ?? field
}

/** Words of a file by the fields that they state. */
export const ruleWords: Readonly<Record<string, string>> = {
  ruleId: "id",
  accountId: "account",
  dryRun: "dry_run",
  positionId: "position",
  retryAfterMs: "retry_after",
  coolDownMs: "cool_down",
  maxActions: "max_actions",
  freshForMs: "fresh_for",
  whenStale: "when_stale",
  reducePercentage: "reduce_percentage",
  reduceStrategy: "reduce_strategy",
  addMarginAmountSats: "add_margin_amount",
  triggerPnlPercentage: "trigger_pnl_percentage",
  newTakeProfitUsd: "new_takeprofit",
  newStopLossUsd: "new_stoploss",
  cashInAmountSats: "cash_in_amount",
  quantityUsd: "quantity",
  marginMode: "margin_mode",
  stopLossUsd: "stoploss",
  takeProfitUsd: "takeprofit",
  triggerPriceUsd: "trigger_price",
  triggerType: "trigger_type"
}

const statedRule = (rule: RuleSyntax, defaults: RuleDefaults): StatedRule => {
  const { account, cool_down, dry_run, enabled, fresh_for, id, max_actions, retry_after, when_stale } = rule
  const common = {
    ruleId: id,
    accountId: account,
    enabled: enabled ?? true,
    dryRun: dry_run ?? defaults.dryRun,
    retryAfterMs: retry_after ?? retryAfterMs,
    ...given("coolDownMs", cool_down),
    ...given("maxActions", max_actions && { count: max_actions.count, ...given("periodMs", max_actions.per) }),
    ...given("freshForMs", fresh_for),
    ...given("whenStale", when_stale)
  }
  switch (rule.kind) {
    case "margin_guard":
      return {
        ...common,
        kind: rule.kind,
        metric: rule.metric ?? "margin_loss",
        threshold: rule.threshold ?? rule.margin_threshold ?? 0,
        action: rule.action,
        ...given("reducePercentage", rule.reduce_percentage),
        ...given("reduceStrategy", rule.reduce_strategy),
        ...given("addMarginAmountSats", rule.add_margin_amount),
        ...given("positionId", rule.position)
      }
    case "tp_sl":
      return {
        ...common,
        kind: rule.kind,
        triggerPnlPercentage: rule.trigger_pnl_percentage,
        action: rule.action,
        ...given("newTakeProfitUsd", rule.new_takeprofit),
        ...given("newStopLossUsd", rule.new_stoploss),
        ...given("cashInAmountSats", rule.cash_in_amount),
        ...given("positionId", rule.position)
      }
    case "auto_entry":
      return {
        ...common,
        kind: rule.kind,
        market: rule.market ?? "btc_usd",
        marginMode: rule.margin_mode ?? "isolated",
        side: rule.side === "b" ? "buy" : rule.side === "s" ? "sell" : rule.side,
        quantityUsd: rule.quantity,
        leverage: rule.leverage ?? defaultLeverage,
        triggerType: rule.trigger_type ?? "market",
        ...given("stopLossUsd", rule.stoploss),
        ...given("takeProfitUsd", rule.takeprofit),
        ...given("triggerPriceUsd", rule.trigger_price)
      }
  }
}

/** A key only where there is a value. */
const given = <K extends string, A>(key: K, value: A | undefined): { readonly [P in K]?: A } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: A })
