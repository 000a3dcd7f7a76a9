import type { Account, CommandAction, DecisionReason, MarketTick, Rule, TradingMode } from "@millrace/contracts"
import { limitReached, limitsOf } from "./actionLimits.ts"
import { refusedByControls } from "./TradingPermission.ts"

/** Why a rule does not act; `untilMs`: the market time from which this reason no longer blocks, where that is known. */
export interface Blocking {
  readonly reason: Exclude<DecisionReason, "fired">
  readonly untilMs?: number
}

/** Where a rule stands with a position (or, an entry, at all). */
export type Standing =
  | { readonly _tag: "Free" }
  /** It acted in this episode and does so once. */
  | { readonly _tag: "Acted" }
  /** A command is under way, or its effect is not seen yet. */
  | { readonly _tag: "Outstanding" }
  /** An attempt ended without effect. */
  | { readonly _tag: "Waits"; readonly untilMs: number }
  /** The exchange has no such action. */
  | { readonly _tag: "Unsupported" }

/** Everything that one evaluation of a rule looks at, next to its condition. */
export interface Evaluation {
  readonly account: Pick<Account, "active" | "network" | "armed" | "dryRun"> | undefined
  readonly rule: Rule
  readonly controls: { readonly mode: TradingMode; readonly readable: boolean }
  /** What it would do now; undefined: nothing that the exchange can do fits. */
  readonly action: CommandAction | undefined
  /** Market times of the rule's other actions that count, oldest first. */
  readonly actedAtMs: ReadonlyArray<number>
  readonly tick: Pick<MarketTick, "marketTimeMs" | "source">
  /** Age of the tick's price since its receipt, and the age up to which it is fresh, in milliseconds. */
  readonly priceAgeMs: number
  readonly freshForMs: number
  /** Of an entry: its price is reached. Of the others: their condition holds. */
  readonly reached: boolean
  readonly standing: Standing
}

/**
 * Returns the one reason that keeps a rule from acting: the first in the order of `DecisionReason`; undefined: it acts.
 *
 * The only place that knows the order; the monitor decides by it and explanations name it.
 */
export const firstReason = (evaluation: Evaluation): Blocking | undefined =>
  ofAccount(evaluation) ?? ofControls(evaluation) ?? ofRule(evaluation) ?? ofMarket(evaluation) ?? ofPair(evaluation)

/** A dry run sends nothing, so it needs no arming. */
export const isDryRun = (account: Pick<Account, "dryRun"> | undefined, rule: Pick<Rule, "dryRun">): boolean =>
  rule.dryRun || account?.dryRun === true

/** What a stale price does to a rule: nothing is opened on one, guards act unless told otherwise, profits are held. */
export const holdsWhenStale = (rule: Pick<Rule, "kind" | "whenStale">): boolean =>
  rule.kind === "auto_entry" || (rule.whenStale ?? (rule.kind === "margin_guard" ? "act" : "hold")) === "hold"

/** Guards and stop losses; who has one must know when it can't act. */
export const isProtection = (rule: Rule): boolean =>
  rule.kind === "margin_guard" || (rule.kind === "tp_sl" && rule.triggerPnlPercentage < 0)

const ofAccount = ({ account, rule }: Evaluation): Blocking | undefined => {
  if (account?.active !== true) return { reason: "account_inactive" }
  const needsArming = account.network === "mainnet" && account.armed !== true && !isDryRun(account, rule)
  return needsArming ? { reason: "account_not_armed" } : undefined
}

/** An action that is not known opens nothing. */
const ofControls = ({ action, controls }: Evaluation): Blocking | undefined => {
  const reason = refusedByControls(action ?? { _tag: "close_position" }, controls)
  return reason === undefined ? undefined : { reason }
}

const ofRule = ({ actedAtMs, rule, tick }: Evaluation): Blocking | undefined =>
  rule.enabled ? limitReached(limitsOf(rule), actedAtMs, tick.marketTimeMs) : { reason: "rule_disabled" }

/** The price of a gap, filled in from candles, was never a price of now. */
const ofMarket = ({ freshForMs, priceAgeMs, rule, tick }: Evaluation): Blocking | undefined => {
  if (!holdsWhenStale(rule)) return undefined
  if (tick.source === "backfill") return { reason: "market_gap" }
  return priceAgeMs > freshForMs ? { reason: "price_stale" } : undefined
}

const ofPair = ({ action, reached, standing }: Evaluation): Blocking | undefined => {
  if (!reached) return { reason: "trigger_not_reached" }
  switch (standing._tag) {
    case "Acted":
      return { reason: "already_acted" }
    case "Outstanding":
      return { reason: "command_outstanding" }
    case "Waits":
      return { reason: "retry_waits", untilMs: standing.untilMs }
    case "Unsupported":
      return { reason: "action_unsupported" }
    case "Free":
      return action === undefined ? { reason: "action_unsupported" } : undefined
  }
}
