import type { AutomationCommand, CommandAction, Rule } from "@millrace/contracts"
import type { AppliedChange } from "../../testkit/src/ExchangeAccount.ts"
import { positionFor, ruleFor, type Tables } from "./ExecutorFixture.ts"
import { commandFor, type ScriptedExchange } from "./ScriptedExchange.ts"

/** An action that a command can ask for: what it finds, and what it changes at the exchange. */
export interface ActionCase {
  readonly name: string
  readonly command: AutomationCommand
  /** Puts the exchange and the tables into the state that the command was decided on. */
  readonly prepare: (exchange: ScriptedExchange, tables: Tables) => void
  /** All that a completed command has changed, each once. */
  readonly changes: ReadonlyArray<Pick<AppliedChange, "what" | "subject">>
}

const change = (what: string, subject = "trade-1") => ({ what, subject })

const guard = (
  name: string,
  action: CommandAction,
  changes: ActionCase["changes"],
  more: Partial<AutomationCommand> = {},
  prepare: ActionCase["prepare"] = () => {}
): ActionCase => ({
  name,
  command: commandFor("trade-1", { action, ...more }),
  prepare: (exchange, tables) => {
    const reduces = action._tag === "reduce_position" ? { reducePercentage: action.reducePercentage } : {}
    tables.rules.set("rule-1", ruleFor(action._tag as Parameters<typeof ruleFor>[0], reduces))
    prepare(exchange, tables)
  },
  changes
})

const base = { _tag: "Rule", ruleId: "rule-1", accountId: "account-1", enabled: true, dryRun: false } as const

const takeProfit = (
  name: string,
  action: CommandAction,
  rule: Pick<Extract<Rule, { kind: "tp_sl" }>, "action" | "cashInAmountSats" | "newStopLossUsd" | "newTakeProfitUsd">
): ActionCase => ({
  name,
  command: commandFor("trade-1", { action, ruleKind: "tp_sl", metric: "return_on_margin", threshold: -40 }),
  prepare: (_, tables) =>
    tables.rules.set("rule-1", {
      ...{ ...base, kind: "tp_sl", triggerPnlPercentage: -40, retryAfterMs: 60_000, version: 1 },
      ...rule
    }),
  changes: [change(action._tag)]
})

/** An entry of an account that has nothing in its cross margin. */
const entry = (name: string, marginMode: "isolated" | "cross", changes: ActionCase["changes"]): ActionCase => {
  const order = { market: "btc_usd", marginMode, side: "buy", quantityUsd: 700, leverage: 5 } as const
  const {
    positionId: _,
    figures: __,
    ...command
  } = commandFor("entry", {
    action: { _tag: "open_position", ...order, orderType: "market" },
    ruleKind: "auto_entry",
    marginMode,
    positionRevision: 0
  })
  return {
    name,
    command,
    prepare: (exchange, tables) => {
      exchange.account.cross = { ...exchange.account.cross, marginSats: 0 }
      tables.rules.set("rule-1", {
        ...{ ...base, kind: "auto_entry", retryAfterMs: 60_000, triggerType: "market", version: 1 },
        ...order
      })
    },
    changes
  }
}

/** A long cross position of 1,000 USD, as the exchange and the tables have it. */
const withCross: ActionCase["prepare"] = (exchange, tables) => {
  exchange.account.openCross("buy", 1000)
  tables.positions.set("trade-1", positionFor("trade-1", { marginMode: "cross" }))
}

const plan = {
  _tag: "close_trades",
  trades: ["trade-1", "trade-2", "trade-3"].map((positionId) => ({ positionId, quantityUsd: 1000 }))
} as const

/** Every action of a command, in each margin mode that the exchange has it in. */
export const actionCases: ReadonlyArray<ActionCase> = [
  guard("close", { _tag: "close_position" }, [change("close_trade")]),
  guard(
    "close cross",
    { _tag: "close_position" },
    [change("close_cross", "cross")],
    { marginMode: "cross" },
    withCross
  ),
  guard("add margin", { _tag: "add_margin", amountSats: 20_000 }, [change("add_margin")]),
  guard(
    "add margin cross",
    { _tag: "add_margin", amountSats: 20_000 },
    [change("cross_deposit", "cross")],
    { marginMode: "cross" },
    withCross
  ),
  takeProfit("cash in", { _tag: "cash_in", amountSats: 5000 }, { action: "cash_in", cashInAmountSats: 5000 }),
  takeProfit("stop loss", { _tag: "set_stop_loss", priceUsd: 56_000 }, { action: "update_sl", newStopLossUsd: 56_000 }),
  takeProfit(
    "take profit",
    { _tag: "set_take_profit", priceUsd: 61_000 },
    { action: "update_tp", newTakeProfitUsd: 61_000 }
  ),
  entry("new trade", "isolated", [change("open_trade", "command-entry")]),
  entry("cross entry", "cross", [
    change("set_cross_leverage", "cross"),
    change("cross_deposit", "cross"),
    change("cross_order", "cross")
  ]),
  guard(
    "reduce by closing trades",
    { _tag: "reduce_position", reducePercentage: 60, plan },
    plan.trades.map(({ positionId }) => change("close_trade", positionId)),
    {},
    (exchange) => {
      for (const id of ["trade-2", "trade-3"]) exchange.open(id)
    }
  ),
  guard(
    "reduce by a hedge",
    {
      _tag: "reduce_position",
      reducePercentage: 30,
      plan: { _tag: "hedge", side: "sell", quantityUsd: 300, leverage: 10 }
    },
    [change("open_trade", "command-trade-1")]
  ),
  guard(
    "reduce cross",
    { _tag: "reduce_position", reducePercentage: 30, plan: { _tag: "cross_order", side: "sell", quantityUsd: 300 } },
    [change("cross_order", "cross")],
    { marginMode: "cross" },
    withCross
  )
]

/** How often something was changed that a command is to change once, beyond the first time. */
export const repeated = (applied: ReadonlyArray<AppliedChange>): ReadonlyArray<string> => {
  const names = applied.map(({ subject, what }) => `${what} ${subject}`)
  return names.filter((name, index) => names.indexOf(name) !== index)
}
