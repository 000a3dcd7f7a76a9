import type { Account, AutomationCommand, Position, Rule } from "@millrace/contracts"
import type { OutcomeReason } from "./OutcomeReason.ts"
import { asksForTheSame, stillHolds } from "./presentRule.ts"

/** What the executor's tables say about a command's subjects; absent: not in the table. */
export interface PresentState {
  readonly account: Account | undefined
  readonly rule: Rule | undefined
  readonly position: Position | undefined
}

export type Validation =
  /** Nothing speaks against it. `dryRun`: of the command, or of the account or rule since. */
  { readonly _tag: "Proceed"; readonly dryRun: boolean } | { readonly _tag: "Refuse"; readonly reason: OutcomeReason }

/**
 * Judges a command by the present state, first refusal first: account, what forbids it (a cancellation, the kill switches, its
 * age), rule, position, condition, action.
 *
 * A position that the table does not hold is no refusal: it may have ended, or not have arrived here; the exchange knows.
 * What an operator sends anew does not ask the rule: somebody has decided.
 */
export const validateCommand = (
  command: AutomationCommand,
  workspaceId: string,
  state: PresentState,
  forbidden: OutcomeReason | undefined
): Validation => {
  const { account, rule, position } = state
  if (account === undefined || !account.active) return refuse("account_inactive")
  if (account.workspaceId !== workspaceId) return refuse("workspace_mismatch")
  const dryRun = command.dryRun || (account.dryRun ?? false) || (rule?.dryRun ?? false)
  // An account that is not armed may be tried out: a dry run sends nothing.
  const armed = dryRun || account.network !== "mainnet" || account.armed === true
  const reason =
    (armed ? undefined : "account_not_armed") ??
    forbidden ??
    (command.operator === undefined ? judgeRule(command, rule) : undefined) ??
    (position === undefined ? undefined : judgePosition(command, rule, position)) ??
    judgeAction(command)
  return reason === undefined ? { _tag: "Proceed", dryRun } : refuse(reason)
}

const refuse = (reason: OutcomeReason): Validation => ({ _tag: "Refuse", reason })

const judgeRule = (command: AutomationCommand, rule: Rule | undefined): OutcomeReason | undefined => {
  if (rule === undefined || !rule.enabled) return "rule_disabled"
  if (rule.kind !== (command.ruleKind ?? "margin_guard")) return "rule_changed"
  if (rule.version <= command.ruleVersion) return undefined
  if (!asksForTheSame(rule, command.action)) return "rule_changed"
  return rule.kind === "auto_entry" && !stillHolds(rule, undefined, command.priceUsd) ? "condition_cleared" : undefined
}

/** Of the figures, only what changed since the decision is judged again: another price is the next tick's matter. */
const judgePosition = (
  command: AutomationCommand,
  rule: Rule | undefined,
  position: Position
): OutcomeReason | undefined => {
  if (position.accountId !== command.accountId) return "workspace_mismatch"
  if (position.status === "closed") {
    return position.closeReason === "liquidated" ? "position_liquidated" : "position_closed"
  }
  const changed = position.revision > command.positionRevision
  if (changed && !fitsPlan(command, position)) return "plan_outdated"
  const ruleIsNewer = rule !== undefined && rule.version > command.ruleVersion
  if (command.operator !== undefined || rule === undefined || (!changed && !ruleIsNewer)) return undefined
  return stillHolds(rule, position, command.priceUsd) ? undefined : "condition_cleared"
}

/** An opposite order of more than the position would open one the other way round. */
const fitsPlan = ({ action }: AutomationCommand, position: Position): boolean =>
  action._tag !== "reduce_position" ||
  action.plan === undefined ||
  action.plan._tag === "close_trades" ||
  (action.plan.side !== position.side && action.plan.quantityUsd <= position.quantityUsd)

const judgeAction = ({ action, marginMode }: AutomationCommand): OutcomeReason | undefined => {
  switch (action._tag) {
    case "reduce_position":
      return action.plan === undefined || (action.plan._tag === "close_trades" && action.plan.trades.length === 0)
        ? "reduce_unsupported_for_isolated_trade"
        : undefined
    case "cash_in":
    case "set_take_profit":
    case "set_stop_loss":
      return marginMode === "cross" ? "unsupported_for_cross" : undefined
    default:
      return undefined
  }
}
