import type { AutomationCommand, CommandAction, TradeOutcome } from "@millrace/contracts"
import { leavesNothingToDo, type OutcomeReason, outcomeReasons } from "./OutcomeReason.ts"

/** What an action does, as the beginning of a sentence. */
export const actionText = (action: CommandAction): string => {
  switch (action._tag) {
    case "close_position":
      return "closing the position"
    case "reduce_position":
      return `reducing the position by ${action.reducePercentage} %`
    case "add_margin":
      return `adding ${action.amountSats} sats of margin`
    case "cash_in":
      return `cashing in ${action.amountSats} sats`
    case "set_take_profit":
      return `setting the take profit to ${action.priceUsd} USD`
    case "set_stop_loss":
      return `setting the stop loss to ${action.priceUsd} USD`
    case "open_position":
      return `${action.side === "buy" ? "buying" : "selling"} ${action.quantityUsd} USD`
  }
}

type Asked = Pick<AutomationCommand, "action" | "positionId" | "marginMode">

/** What a user can do by hand at the exchange instead; empty: nothing is left to do. */
export const byHand = ({ action, marginMode, positionId }: Asked, reason: string): string => {
  if (leavesNothingToDo.has(reason)) return ""
  const position = marginMode === "cross" ? "the cross position" : `position ${positionId}`
  switch (action._tag) {
    case "close_position":
      return `open the exchange, check ${position}, and close it there or add margin to it.`
    case "reduce_position":
      return `open the exchange, check ${position}, and reduce it there ${reduceText(action)}, or add margin to it.`
    case "add_margin":
      return `open the exchange, check ${position}, and add ${action.amountSats} sats of margin there or close it.`
    case "cash_in":
      return `open the exchange, check ${position}, and cash in ${action.amountSats} sats there.`
    case "set_take_profit":
      return `open the exchange, check ${position}, and set its take profit to ${action.priceUsd} USD there.`
    case "set_stop_loss":
      return `open the exchange, check ${position}, and set its stop loss to ${action.priceUsd} USD there.`
    case "open_position":
      return `open the exchange, see whether the order is there, and if it is still wanted, ${orderText(action)} there.`
  }
}

const reduceText = ({ plan, reducePercentage }: Extract<CommandAction, { _tag: "reduce_position" }>): string => {
  switch (plan?._tag) {
    case "close_trades":
      return `by closing ${plan.trades.map((trade) => `trade ${trade.positionId}`).join(", ")}`
    case "hedge":
    case "cross_order":
      return `by ${plan.side === "buy" ? "buying" : "selling"} ${plan.quantityUsd} USD`
    case undefined:
      return `by ${reducePercentage} %`
  }
}

const orderText = (action: Extract<CommandAction, { _tag: "open_position" }>): string => {
  const price = action.orderType === "limit" ? `at ${action.priceUsd} USD` : "at the market"
  return `${action.side === "buy" ? "buy" : "sell"} ${action.quantityUsd} USD with leverage ${action.leverage} ${price}`
}

/** What a user is told of an outcome: the figures, what happened, and what can be done by hand where something is left. */
export const bodyOf = (command: AutomationCommand, outcome: TradeOutcome): string => {
  const text = outcomeReasons[outcome.reason as OutcomeReason].text
  const parts = partsText(outcome)
  const told = [figuresText(command), parts === "" ? text : `${text} ${parts}`, paidText(outcome)]
    .filter((one) => one !== "")
    .join(" ")
  const isDone = outcome.status === "completed" && outcome.reason !== "partly_done"
  return isDone ? told : withHands(told, byHand(command, outcome.reason))
}

/** What an entry that did not come about has left in the cross margin. */
const paidText = ({ action, addedMarginSats, status }: TradeOutcome): string =>
  action._tag !== "open_position" || addedMarginSats === undefined || status === "completed"
    ? ""
    : `${addedMarginSats} sats were paid into the cross margin for it before and are still there; the next entry uses them first.`

/** What a user is told of a command that waits. */
export const pendingBodyOf = (command: AutomationCommand, reason: string, waitsFor: string): string =>
  withHands(
    `${figuresText(command)} ${waitsFor} It is tried again by itself${isTimed(command) ? " until it is too old" : ""}.`,
    byHand(command, reason)
  )

const isTimed = ({ ruleKind }: AutomationCommand): boolean => ruleKind === "auto_entry" || ruleKind === "tp_sl"

const withHands = (told: string, hands: string): string =>
  hands === "" ? told : `${told} What you can do by hand: ${hands}`

const figuresText = ({ figures, positionId, priceUsd, ruleId, ruleKind }: AutomationCommand): string => {
  if (positionId === undefined) return `The entry of rule ${ruleId} was triggered at ${priceUsd} USD.`
  if (ruleKind === "tp_sl" && figures?.returnOnMarginPercent !== undefined) {
    return `Position ${positionId} stood at ${figures.returnOnMarginPercent.toFixed(1)} % of its margin at ${priceUsd} USD.`
  }
  return `Position ${positionId} had lost ${((figures?.marginLoss ?? 0) * 100).toFixed(1)} % of its margin at ${priceUsd} USD.`
}

const partsText = ({ parts, reducedQuantityUsd }: TradeOutcome): string => {
  if (parts === undefined) return reducedQuantityUsd === undefined ? "" : `Reduced by ${reducedQuantityUsd} USD.`
  const told = parts.map(
    (part) => `trade ${part.positionId} of ${part.quantityUsd} USD: ${part.status} (${part.reason})`
  )
  return `Reduced by ${reducedQuantityUsd ?? 0} USD; ${told.join(", ")}.`
}
