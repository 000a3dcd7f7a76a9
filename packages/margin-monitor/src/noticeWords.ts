import type { CommandAction, Position, ReducePlan, Rule } from "@millrace/contracts"
import type { Blocking } from "@millrace/trading"
import type { WatchedRule } from "./WatchedRule.ts"

/** Plain words for what rules do, and for what keeps them from it. */

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

export const nameOf = (position: Position): string =>
  `${position.side === "buy" ? "long" : "short"} of ${position.quantityUsd} USD (${position.positionId})`

/** What a user calls the rule. */
export const ruleText = (rule: Rule): string => {
  switch (rule.kind) {
    case "margin_guard":
      return "margin guard"
    case "tp_sl":
      return rule.triggerPnlPercentage > 0 ? "take profit" : "stop loss"
    case "auto_entry":
      return "auto entry"
  }
}

/** What a command does, to follow "Decided to". */
export const actionText = (action: CommandAction): string => {
  switch (action._tag) {
    case "close_position":
      return "close the position"
    case "reduce_position":
      return `reduce the position by ${action.reducePercentage} %${action.plan === undefined ? "" : planText(action.plan)}`
    case "add_margin":
      return `add ${action.amountSats} sats of margin`
    case "cash_in":
      return `cash in ${action.amountSats} sats`
    case "set_take_profit":
      return `set the take profit to ${action.priceUsd} USD`
    case "set_stop_loss":
      return `set the stop loss to ${action.priceUsd} USD`
    case "open_position":
      return `${action.side} ${action.quantityUsd} USD at ${action.leverage}x (${action.orderType} order, ${action.marginMode} margin)`
  }
}

const planText = (plan: ReducePlan): string => {
  switch (plan._tag) {
    case "close_trades":
      return ` by closing ${plan.trades.map((trade) => `${trade.positionId} (${trade.quantityUsd} USD)`).join(", ")}`
    case "hedge":
      return ` by an opposite trade of ${plan.quantityUsd} USD at ${plan.leverage}x`
    case "cross_order":
      return ` by an order to ${plan.side} ${plan.quantityUsd} USD`
  }
}

/** Why a rule may not act, to follow the name of the rule; undefined: nothing that its owner must be told. */
export const blockedText = ({ reason, untilMs }: Blocking, watched: WatchedRule): string | undefined => {
  const until = untilMs === undefined ? "" : ` until ${new Date(untilMs).toISOString()}`
  switch (reason) {
    case "account_not_armed":
      return "the account is not armed for the main network"
    case "halted":
      return "trading is halted by a switch"
    case "reduce_only":
      return "only closing and adding margin are allowed now, and its action opens a trade"
    case "controls_unreadable":
      return "the switches can't be read, so nothing is opened"
    case "max_actions":
      return `it has had all its actions${until || ", until it is changed"}`
    case "cool_down":
      return `it cools down after its last action${until}`
    case "market_gap":
      return "the price was filled in after a gap, and the rule holds on such prices"
    case "price_stale":
      return "the price is stale, and the rule holds on stale prices"
    case "action_unsupported":
      return unsupportedText(watched)
    default:
      return undefined
  }
}

const unsupportedText = ({ rule }: WatchedRule): string => {
  if (rule.kind !== "margin_guard")
    return `the exchange has no ${rule.kind === "tp_sl" ? rule.action : "such entry"} for this position`
  return (
    `the exchange can't close a part of an isolated trade, and none of your trades of this side fits within ` +
    `${rule.reducePercentage ?? 0} % of them; the strategies close_trades_at_least and hedge would act`
  )
}
