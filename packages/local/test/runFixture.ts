import type {
  AutoEntryRule,
  AutomationCommand,
  CommandAction,
  Decision,
  MarginGuardRule,
  Position,
  Rule,
  TakeProfitStopLossRule,
  TradeOutcome
} from "@millrace/contracts"
import { makeRunState, type RunState } from "../src/RunState.ts"

const common = {
  _tag: "Rule",
  accountId: "r1.ada",
  enabled: true,
  dryRun: false,
  retryAfterMs: 60_000,
  version: 1
} as const

export const guard: MarginGuardRule = {
  ...{ ...common, ruleId: "r1.guard", kind: "margin_guard", metric: "margin_loss", threshold: 0.5 },
  action: "close_position"
}
export const profit: TakeProfitStopLossRule = {
  ...{ ...common, ruleId: "r1.profit", kind: "tp_sl", triggerPnlPercentage: 50, action: "close_tp" }
}
export const stop: TakeProfitStopLossRule = {
  ...profit,
  ruleId: "r1.stop",
  triggerPnlPercentage: -40,
  action: "close_sl"
}
export const entry: AutoEntryRule = {
  ...{ ...common, ruleId: "r1.entry", kind: "auto_entry", market: "btc_usd", marginMode: "isolated", side: "buy" },
  ...{ quantityUsd: 500, leverage: 5, triggerPriceUsd: 55_000, triggerType: "market" }
}

/** A long of 1,000 USD at 10x, entered at 60,000: 166,666 sats of margin. */
export const position: Position = {
  ...{ _tag: "Position", positionId: "trade-1", accountId: "r1.ada", market: "btc_usd", marginMode: "isolated" },
  ...{ side: "buy", quantityUsd: 1_000, entryPriceUsd: 60_000, marginSats: 166_666, maintenanceMarginSats: 2_000 },
  ...{ leverage: 10, liquidationPriceUsd: 54_545, status: "open", openedAtMs: 1, revision: 1, epoch: 1 }
}

export const stateOf = (rules: ReadonlyArray<Rule>, positions: ReadonlyArray<Position> = [position]): RunState => {
  const state = makeRunState()
  for (const rule of rules) state.rules.set(rule.ruleId, rule)
  for (const one of positions) state.positions.set(one.positionId, one)
  return state
}

export const decisionOf = (rule: Rule, changes: Partial<Decision>): Decision => ({
  decisionId: `${rule.ruleId}/${changes.reason}/${changes.marketTimeMs ?? 1}`,
  accountId: rule.accountId,
  ruleId: rule.ruleId,
  ...(rule.kind === "auto_entry" ? {} : { positionId: position.positionId }),
  reason: "trigger_not_reached",
  priceUsd: 60_000,
  marketTimeMs: 1,
  ...changes
})

export const commandOf = (rule: Rule, changes: Partial<AutomationCommand> = {}): AutomationCommand => ({
  ...{ commandId: `c-${rule.ruleId}`, accountId: rule.accountId, ruleId: rule.ruleId, ruleKind: rule.kind },
  ...{ ruleVersion: 1, positionRevision: 1, attempt: 1, dryRun: false, marketTimeMs: 5, priceUsd: 57_000 },
  ...{ tickReceivedAtMs: 1, decidedAtMs: 2 },
  ...(rule.kind === "auto_entry" ? {} : { positionId: position.positionId }),
  action: { _tag: "close_position" },
  ...changes
})

export const outcomeOf = (command: AutomationCommand, changes: Partial<TradeOutcome> = {}): TradeOutcome => ({
  ...{ commandId: command.commandId, accountId: command.accountId, accountName: "Ada", ruleId: command.ruleId },
  ...{ action: command.action, attempt: 1, status: "completed", reason: "done", marketTimeMs: 5, priceUsd: 57_000 },
  timing: { tickReceivedAtMs: 1, decidedAtMs: 2 },
  finishedAtMs: 3,
  ...changes
})

export const opens: Extract<CommandAction, { readonly _tag: "open_position" }> = {
  ...{ _tag: "open_position", market: "btc_usd", marginMode: "isolated", side: "buy", quantityUsd: 500, leverage: 5 },
  orderType: "market"
}
