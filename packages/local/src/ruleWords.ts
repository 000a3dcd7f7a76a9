import type { AutoEntryRule, Decision, MarginGuardRule, Rule, TakeProfitStopLossRule } from "@millrace/contracts"

/** US dollars with thousands and one decimal place; `–` where there is none. */
export const usd = (price: number | undefined): string =>
  price === undefined || !Number.isFinite(price)
    ? "–"
    : price.toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 })

/** A percentage with its sign, as a return on margin is read. */
export const signedPercent = (percent: number, digits: number): string =>
  `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(digits)} %`

/** The kind of a rule as people call it: a rule on the return is a take profit or a stop loss by the sign of its trigger. */
export const kindWords = (rule: Rule): string => {
  switch (rule.kind) {
    case "margin_guard":
      return "guard"
    case "tp_sl":
      return rule.triggerPnlPercentage > 0 ? "take profit" : "stop loss"
    case "auto_entry":
      return "entry"
  }
}

/** What a rule does, and when, in a few words. */
export const ruleWords = (rule: Rule): string => `${kindWords(rule)}: ${doesWords(rule)}`

const doesWords = (rule: Rule): string => {
  switch (rule.kind) {
    case "margin_guard":
      return `${guardAction(rule)} at ${guardLimit(rule)}`
    case "tp_sl":
      return `${returnAction(rule)} at ${signedPercent(rule.triggerPnlPercentage, 0)}`
    case "auto_entry":
      return `${rule.side} ${entryPrice(rule)}`
  }
}

const guardAction = ({ action, reducePercentage }: MarginGuardRule): string => {
  switch (action) {
    case "close_position":
      return "close"
    case "add_margin":
      return "add margin"
    case "reduce_position":
      return `reduce ${reducePercentage ?? 0} %`
  }
}

const guardLimit = ({ metric, threshold }: MarginGuardRule): string => {
  const percent = `${Number((threshold * 100).toFixed(1))} %`
  switch (metric) {
    case "margin_loss":
      return percent
    case "exchange_margin_ratio":
      return `ratio ${percent}`
    case "distance_to_liquidation":
      return `${percent} to go`
  }
}

const returnAction = ({
  action,
  cashInAmountSats,
  newStopLossUsd,
  newTakeProfitUsd
}: TakeProfitStopLossRule): string => {
  switch (action) {
    case "close_tp":
    case "close_sl":
      return "close"
    case "cash_in":
      return `cash in ${cashInAmountSats ?? 0}`
    case "update_tp":
      return `take profit ${usd(newTakeProfitUsd)}`
    case "update_sl":
      return `stop loss ${usd(newStopLossUsd)}`
  }
}

const entryPrice = ({ side, triggerPriceUsd }: AutoEntryRule): string =>
  triggerPriceUsd === undefined ? "at once" : `${side === "buy" ? "≤" : "≥"} ${usd(triggerPriceUsd)}`

/** Why a rule does not act, and until when where that is known. */
export const waitingWords = ({ reason, untilMs }: Decision): string =>
  `pending: ${reason}${untilMs === undefined ? "" : ` until ${new Date(untilMs).toISOString().slice(11, 19)}`}`
