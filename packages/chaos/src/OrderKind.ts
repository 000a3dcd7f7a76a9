import type { AutomationCommand, CommandAction, Rule } from "@millrace/contracts"

/** Every kind of order that a command can become. */
export const orderKinds = [
  "close",
  "add_margin",
  "cash_in",
  "stop_loss",
  "take_profit",
  "new_trade",
  "close_trades",
  "hedge",
  "close_cross",
  "cross_deposit",
  "cross_reduction",
  "cross_entry"
] as const
export type OrderKind = (typeof orderKinds)[number]

/** Kinds about the one cross position of an account. */
export const isCross = (kind: OrderKind): boolean => kind.includes("cross")

/** Kinds that open a position of their own: their command names none. */
export const isEntry = (kind: OrderKind): boolean => kind === "new_trade" || kind === "cross_entry"

const entry = { market: "btc_usd", side: "buy", quantityUsd: 700, leverage: 5, orderType: "market" } as const

const reducing = (plan: Extract<CommandAction, { _tag: "reduce_position" }>["plan"] & {}): CommandAction => ({
  _tag: "reduce_position",
  reducePercentage: 60,
  plan
})

/** What the command asks for, in a market at 60,500 USD of longs opened at 60,000; `tradeIds` are those it is about. */
export const actionOf = (kind: OrderKind, tradeIds: ReadonlyArray<string>): CommandAction => {
  switch (kind) {
    case "close":
    case "close_cross":
      return { _tag: "close_position" }
    case "add_margin":
    case "cross_deposit":
      return { _tag: "add_margin", amountSats: 20_000 }
    case "cash_in":
      return { _tag: "cash_in", amountSats: 5_000 }
    case "stop_loss":
      return { _tag: "set_stop_loss", priceUsd: 56_000 }
    case "take_profit":
      return { _tag: "set_take_profit", priceUsd: 66_000 }
    case "new_trade":
      return { _tag: "open_position", marginMode: "isolated", ...entry }
    case "cross_entry":
      return { _tag: "open_position", marginMode: "cross", ...entry }
    case "close_trades":
      return reducing({
        _tag: "close_trades",
        trades: tradeIds.map((positionId) => ({ positionId, quantityUsd: 1000 }))
      })
    case "hedge":
      return reducing({ _tag: "hedge", side: "sell", quantityUsd: 600, leverage: 10 })
    case "cross_reduction":
      return reducing({ _tag: "cross_order", side: "sell", quantityUsd: 600 })
  }
}

/** The rule that decided on the action; it still asks for it. */
export const ruleOf = (accountId: string, ruleId: string, action: CommandAction): Rule => {
  const common = { _tag: "Rule", ruleId, accountId, enabled: true, dryRun: false } as const
  const takesProfit = {
    ...common,
    ...({ kind: "tp_sl", triggerPnlPercentage: 5, retryAfterMs: 60_000, version: 1 } as const)
  }
  switch (action._tag) {
    case "open_position": {
      const { leverage, marginMode, market, quantityUsd, side } = action
      const opens = { leverage, marginMode, market, quantityUsd, side }
      return { ...common, kind: "auto_entry", triggerType: "market", retryAfterMs: 60_000, version: 1, ...opens }
    }
    case "cash_in":
      return { ...takesProfit, action: "cash_in", cashInAmountSats: action.amountSats }
    case "set_stop_loss":
      return { ...takesProfit, action: "update_sl", newStopLossUsd: action.priceUsd }
    case "set_take_profit":
      return { ...takesProfit, action: "update_tp", newTakeProfitUsd: action.priceUsd }
    default:
      return {
        ...{ ...common, kind: "margin_guard", metric: "margin_loss", threshold: 0.5, action: action._tag },
        ...{ retryAfterMs: 60_000, version: 1 },
        ...(action._tag === "add_margin" ? { addMarginAmountSats: action.amountSats } : {}),
        ...(action._tag === "reduce_position" ? { reducePercentage: action.reducePercentage } : {})
      }
  }
}

/** Names of what the exchange's journal shows of the account when the command is carried out once. */
export const effectsOf = (kind: OrderKind, tradeIds: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [trade] = tradeIds
  switch (kind) {
    case "close":
      return [`close_position ${trade}`]
    case "close_trades":
      return tradeIds.map((id) => `close_position ${id}`)
    case "add_margin":
    case "cash_in":
      return [`${kind} ${trade}`]
    case "stop_loss":
    case "take_profit":
      return [`set_${kind} ${trade}`]
    case "new_trade":
    case "hedge":
      return ["new_trade"]
    case "close_cross":
      return ["close_cross_position"]
    case "cross_deposit":
      return ["cross_deposit"]
    case "cross_reduction":
      return ["cross_order"]
    case "cross_entry":
      return ["set_cross_leverage", "cross_deposit", "cross_order"]
  }
}

/** The figures that a command of a guard shows; nothing compares them. */
export const commandFigures: NonNullable<AutomationCommand["figures"]> = {
  marginLoss: 0.53,
  exchangeMarginRatio: 0.02,
  distanceToLiquidation: 0.045,
  pnlSats: -87_719
}
