import type { CommandAction, Position, Rule } from "@millrace/contracts"
import type { ConditionFigures, Finding } from "@millrace/history"
import { DateTime } from "effect"

/** Plain words and figures of explanations. */

export const timeText = (epochMs: number): string => DateTime.formatIso(DateTime.makeUnsafe(Math.floor(epochMs)))

/** A number with at most so many digits behind the point, its thousands set apart. */
export const numberText = (value: number, digits = 2): string =>
  value.toLocaleString("en-US", { maximumFractionDigits: digits })

export const usd = (value: number): string => `${numberText(value)} USD`

/** What the rule is for and when it acts, to follow its id. */
export const ruleText = (rule: Rule): string => {
  switch (rule.kind) {
    case "margin_guard": {
      const sign = rule.metric === "distance_to_liquidation" ? "≤" : "≥"
      return `margin guard: ${rule.action} when ${rule.metric} ${sign} ${numberText(rule.threshold, 4)}`
    }
    case "tp_sl": {
      const profit = rule.triggerPnlPercentage > 0
      const limit = `${profit ? "≥" : "≤"} ${numberText(rule.triggerPnlPercentage)} %`
      return `${profit ? "take profit" : "stop loss"}: ${rule.action} when return_on_margin ${limit}`
    }
    case "auto_entry": {
      const at =
        rule.triggerPriceUsd === undefined
          ? "at once"
          : `when the price is ${usd(rule.triggerPriceUsd)} or ${rule.side === "buy" ? "below" : "above"}`
      return `auto entry: ${rule.side} ${numberText(rule.quantityUsd)} USD at ${numberText(rule.leverage)}x (${rule.triggerType}) ${at}`
    }
  }
}

export const positionText = (position: Position): string =>
  `position ${position.positionId}: ${position.side === "buy" ? "long" : "short"} of ${numberText(position.quantityUsd)} USD ` +
  `at ${usd(position.entryPriceUsd)}, ${numberText(position.leverage)}x, margin ${numberText(position.marginSats)} sats, ` +
  `liquidated at ${usd(position.liquidationPriceUsd)}`

export const actionText = (action: CommandAction): string => {
  switch (action._tag) {
    case "reduce_position":
      return `reduce_position by ${numberText(action.reducePercentage)} %${action.plan === undefined ? "" : `, ${action.plan._tag}`}`
    case "add_margin":
    case "cash_in":
      return `${action._tag} of ${numberText(action.amountSats)} sats`
    case "set_take_profit":
    case "set_stop_loss":
      return `${action._tag} ${usd(action.priceUsd)}`
    case "open_position":
      return `open_position: ${action.side} ${numberText(action.quantityUsd)} USD at ${numberText(action.leverage)}x, ${action.orderType}`
    case "close_position":
      return "close_position"
  }
}

/** The verdict in a sentence. */
export const findingText = ({ by, reason, untilMs }: Finding, condition: ConditionFigures): string => {
  const until = untilMs === undefined ? "" : ` until ${timeText(untilMs)} (market time)`
  const who =
    by === undefined ? "" : ` by ${by.actor}${by.reason === undefined ? "" : ` (${by.reason})`} at ${timeText(by.atMs)}`
  switch (reason) {
    case "fired":
      return "It acted with this tick."
    case "condition_not_met":
      return "It did not act: its condition was not met."
    case "trigger_not_reached":
      return "It did not act: the price had not reached its trigger."
    case "account_inactive":
      return "It did not act: the account was switched off, so nothing of it was watched."
    case "account_not_armed":
      return "It did not act: the account was not armed for the main network."
    case "halted":
      return `It did not act: trading was halted${who}.`
    case "reduce_only":
      return `It did not act: only reducing was allowed${who}, and its action opens an exposure.`
    case "controls_unreadable":
      return "It did not act: the switches could not be read, so nothing was opened."
    case "rule_disabled":
      return "It did not act: the rule was switched off."
    case "max_actions":
      return `It did not act: it had had all its actions${until === "" ? ", until it is changed" : until}.`
    case "cool_down":
      return `It did not act: it cooled down after its last action${until}.`
    case "market_gap":
      return "It did not act: the price was filled in after a gap, and the rule holds on such prices."
    case "price_stale":
      return "It did not act: the price was stale, and the rule holds on stale prices."
    case "already_acted":
      return "It did not act: it had acted in this episode, and does so once until the condition has passed."
    case "command_outstanding":
      return "It did not act: its command was under way, or its effect had not shown on the position yet."
    case "retry_waits":
      return `It did not act: the last attempt had ended without effect, and the next one waited${until}.`
    case "action_unsupported":
      return "It did not act: the exchange has no such action here."
    case "not_evaluated":
      return `Its condition ${condition.holds ? "held" : "did not hold"}, and no decision is recorded: no monitor had evaluated this tick.`
  }
}

/** The figure that the rule compares, and how far the price was from where it triggers. */
export const conditionLines = (condition: ConditionFigures, priceUsd: number): ReadonlyArray<string> => {
  const { awayUsd, direction, holds, limit, metric, side, triggerPriceUsd, value } = condition
  if (limit === undefined) return ["triggers at any price"]
  const sign = side === "at_least" ? "≥" : "≤"
  const unit = metric === "return_on_margin" ? " %" : metric === "price" ? " USD" : ""
  const digits = unit === "" ? 4 : 2
  const figures = `${metric} ${numberText(value, digits)}${unit}, acts when ${sign} ${numberText(limit, digits)}${unit}: ${holds ? "met" : "not met"}`
  if (triggerPriceUsd === undefined || awayUsd === undefined) return [figures, "no price changes that"]
  const where = awayUsd > 0 ? `${direction === "falls" ? "below" : "above"} the price` : "reached"
  const far = `${usd(Math.abs(awayUsd))} (${numberText((Math.abs(awayUsd) / priceUsd) * 100)} %)`
  return [
    figures,
    `trigger price ${usd(triggerPriceUsd)}, ${awayUsd > 0 ? `${far} ${where}` : `${where}, ${far} beyond`}`
  ]
}
