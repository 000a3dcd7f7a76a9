import type { Account, AutomationCommand, Position, Rule } from "@millrace/contracts"
import { conditionHolds } from "@millrace/trading"
import type { OutcomeReason } from "./OutcomeReason.ts"

/** What the executor's tables say about a command's subjects; absent: not in the table. */
export interface PresentState {
  readonly account: Account | undefined
  readonly rule: Rule | undefined
  readonly position: Position | undefined
}

export type Validation =
  /** Nothing speaks against it. `dryRun`: of the command, or of the rule since. */
  { readonly _tag: "Proceed"; readonly dryRun: boolean } | { readonly _tag: "Refuse"; readonly reason: OutcomeReason }

const refuse = (reason: OutcomeReason): Validation => ({ _tag: "Refuse", reason })

/**
 * Judges a command by the present state, first refusal first: account, rule, action, position, condition.
 *
 * A position that the table does not hold is no refusal: it may have ended, or not have arrived here; the exchange knows.
 */
export const validateCommand = (command: AutomationCommand, workspaceId: string, state: PresentState): Validation => {
  const { account, rule, position } = state
  if (account === undefined || !account.active) return refuse("account_inactive")
  if (account.workspaceId !== workspaceId) return refuse("workspace_mismatch")
  const ruleRefusal = judgeRule(command, rule)
  if (ruleRefusal !== undefined) return refuse(ruleRefusal)
  if (position !== undefined) {
    const positionRefusal = judgePosition(command, rule, position)
    if (positionRefusal !== undefined) return refuse(positionRefusal)
  }
  if (command.action._tag === "reduce_position") return refuse("reduce_unsupported_for_isolated_trade")
  return { _tag: "Proceed", dryRun: command.dryRun || (rule?.dryRun ?? false) }
}

const judgeRule = (command: AutomationCommand, rule: Rule | undefined): OutcomeReason | undefined => {
  if (rule === undefined || !rule.enabled) return "rule_disabled"
  const sameAmount = command.action._tag !== "add_margin" || command.action.amountSats === rule.addMarginAmountSats
  return rule.version > command.ruleVersion && (rule.action !== command.action._tag || !sameAmount)
    ? "rule_changed"
    : undefined
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
  const ruleIsNewer = rule !== undefined && rule.version > command.ruleVersion
  if (position.revision <= command.positionRevision && !ruleIsNewer) return undefined
  const metric = ruleIsNewer ? rule.metric : command.metric
  const threshold = ruleIsNewer ? rule.threshold : command.threshold
  return conditionHolds(position, metric, threshold, command.priceUsd) ? undefined : "condition_cleared"
}
