import type {
  AutoEntryRule,
  CommandAction,
  MarginGuardRule,
  Position,
  Rule,
  TakeProfitStopLossRule
} from "@millrace/contracts"
import { conditionOf, entryReached, holdsAt } from "@millrace/trading"

/** Whether a rule as it is now asks for this action. */
export const asksForTheSame = (rule: Rule, action: CommandAction): boolean => {
  switch (rule.kind) {
    case "margin_guard":
      return guardAsks(rule, action)
    case "tp_sl":
      return takeProfitAsks(rule, action)
    case "auto_entry":
      return entryAsks(rule, action)
  }
}

const guardAsks = (rule: MarginGuardRule, action: CommandAction): boolean => {
  if (rule.action !== action._tag) return false
  if (action._tag === "add_margin") return action.amountSats === rule.addMarginAmountSats
  if (action._tag !== "reduce_position") return true
  return action.reducePercentage === rule.reducePercentage && action.strategy === rule.reduceStrategy
}

const takeProfitAsks = (rule: TakeProfitStopLossRule, action: CommandAction): boolean => {
  switch (rule.action) {
    case "update_tp":
      return action._tag === "set_take_profit" && action.priceUsd === rule.newTakeProfitUsd
    case "update_sl":
      return action._tag === "set_stop_loss" && action.priceUsd === rule.newStopLossUsd
    case "close_tp":
    case "close_sl":
      return action._tag === "close_position"
    case "cash_in":
      return action._tag === "cash_in" && action.amountSats === rule.cashInAmountSats
  }
}

const entryAsks = (rule: AutoEntryRule, action: CommandAction): boolean =>
  action._tag === "open_position" &&
  (["market", "marginMode", "side", "quantityUsd", "leverage", "stopLossUsd", "takeProfitUsd"] as const).every(
    (field) => action[field] === rule[field]
  ) &&
  action.orderType === rule.triggerType &&
  (action.orderType === "market" || action.priceUsd === rule.triggerPriceUsd)

/** Whether a rule's condition holds at a price, for the position as it is now; of an entry, which has none, its trigger. */
export const stillHolds = (rule: Rule, position: Position | undefined, priceUsd: number): boolean => {
  if (rule.kind === "auto_entry") return entryReached(rule, priceUsd)
  return position === undefined || holdsAt(position, conditionOf(rule), priceUsd)
}
