import type {
  AutoEntryRule,
  CommandAction,
  MarginGuardRule,
  Position,
  TakeProfitStopLossRule
} from "@millrace/contracts"
import { planReduction } from "@millrace/trading"
import type { WatchedPair, WatchedRule } from "./WatchedRule.ts"

/** What a rule would do at this price; undefined: the exchange can do nothing that fits. */
export const commandActionOf = (watched: WatchedRule, priceUsd: number): CommandAction | undefined => {
  if (watched._tag === "Entry") return openAction(watched.rule)
  const { rule } = watched
  return rule.kind === "margin_guard" ? guardAction(watched, rule, priceUsd) : profitAction(watched, rule)
}

const openAction = (rule: AutoEntryRule): CommandAction => ({
  _tag: "open_position",
  market: rule.market,
  marginMode: rule.marginMode,
  side: rule.side,
  quantityUsd: rule.quantityUsd,
  leverage: rule.leverage,
  orderType: rule.triggerType,
  ...(rule.triggerType === "limit" && rule.triggerPriceUsd !== undefined ? { priceUsd: rule.triggerPriceUsd } : {}),
  ...(rule.stopLossUsd === undefined ? {} : { stopLossUsd: rule.stopLossUsd }),
  ...(rule.takeProfitUsd === undefined ? {} : { takeProfitUsd: rule.takeProfitUsd })
})

const guardAction = (pair: WatchedPair, rule: MarginGuardRule, priceUsd: number): CommandAction | undefined => {
  switch (rule.action) {
    case "close_position":
      return { _tag: "close_position" }
    case "add_margin":
      return { _tag: "add_margin", amountSats: rule.addMarginAmountSats ?? 0 }
    case "reduce_position": {
      const plan = planReduction(rule, pair.owner.position, tradesOf(pair), priceUsd)
      if (plan === undefined) return undefined
      const { reducePercentage = 0, reduceStrategy: strategy } = rule
      return { _tag: "reduce_position", reducePercentage, ...(strategy === undefined ? {} : { strategy }), plan }
    }
  }
}

/** The account's positions that are not known to have ended. */
const tradesOf = (pair: WatchedPair): ReadonlyArray<Position> =>
  [...pair.book.positions.values()].flatMap(({ endsAtMs, position }) => (endsAtMs === undefined ? [position] : []))

/** The exchange keeps no stop loss, take profit or cash-in for cross margin. */
const profitAction = (pair: WatchedPair, rule: TakeProfitStopLossRule): CommandAction | undefined => {
  if (rule.action === "close_tp" || rule.action === "close_sl") return { _tag: "close_position" }
  if (pair.owner.position.marginMode === "cross") return undefined
  switch (rule.action) {
    case "update_tp":
      return rule.newTakeProfitUsd === undefined
        ? undefined
        : { _tag: "set_take_profit", priceUsd: rule.newTakeProfitUsd }
    case "update_sl":
      return rule.newStopLossUsd === undefined ? undefined : { _tag: "set_stop_loss", priceUsd: rule.newStopLossUsd }
    case "cash_in":
      return { _tag: "cash_in", amountSats: rule.cashInAmountSats ?? 0 }
  }
}
