import {
  type AuditEntry,
  auditLog,
  deterministicId,
  type Notification,
  notifications,
  type RuleKind,
  type TradeOutcome,
  tradeLog
} from "@millrace/contracts"
import { type Outgoing, outgoing } from "@millrace/runtime"
import type { OperatorFinding } from "@millrace/store"
import type { CommandContext } from "./CommandContext.ts"
import { actionText, bodyOf, pendingBodyOf } from "./outcomeWords.ts"

/**
 * Returns the records that tell of an outcome: trade log, audit log, and the user's notification.
 *
 * All ids come from the command and its outcome: told twice, they are the same records. `settledBy`: the operator who
 * found out what became of it.
 */
export const reportOutcome = (
  context: CommandContext,
  outcome: TradeOutcome,
  settledBy?: OperatorFinding
): ReadonlyArray<Outgoing> => {
  const { command, workspaceId } = context
  const isDone = outcome.status === "completed" && outcome.reason !== "partly_done"
  return [
    tradeLogRecord(context, outcome),
    outgoing(auditLog, { key: workspaceId, value: auditOf(context, outcome, settledBy), workspaceId }),
    ...notify(context, outcome, isDone ? "info" : "critical", bodyOf(command, outcome))
  ]
}

/** Returns the records that tell that a command waits; nothing was done yet, so that the audit log has nothing to hold. */
export const reportPending = (
  context: CommandContext,
  outcome: TradeOutcome,
  waitsFor: string
): ReadonlyArray<Outgoing> => [
  tradeLogRecord(context, outcome),
  ...notify(context, outcome, "warning", pendingBodyOf(context.command, outcome.reason, waitsFor))
]

const tradeLogRecord = ({ workspaceId }: CommandContext, outcome: TradeOutcome): Outgoing =>
  outgoing(tradeLog, { key: outcome.accountId, value: outcome, workspaceId })

const auditActions: Readonly<Record<RuleKind, string>> = {
  margin_guard: "margin_guard_executed",
  tp_sl: "tp_sl_executed",
  auto_entry: "auto_entry_executed"
}

const auditOf = (
  { workspaceId, command, marginBeforeSats }: CommandContext,
  outcome: TradeOutcome,
  settledBy: OperatorFinding | undefined
): AuditEntry => ({
  auditId: deterministicId("audit", outcome.commandId, outcome.status, outcome.reason),
  workspaceId,
  actor: settledBy?.actor ?? "automation-executor",
  action: settledBy === undefined ? auditActions[command.ruleKind ?? "margin_guard"] : "intent_settled",
  accountId: outcome.accountId,
  automationId: outcome.ruleId,
  ...(outcome.positionId === undefined ? {} : { positionId: outcome.positionId }),
  commandId: outcome.commandId,
  details: {
    accountName: outcome.accountName,
    action: command.action._tag,
    status: outcome.status,
    reason: outcome.reason,
    ...(settledBy?.reason === undefined ? {} : { settledBecause: settledBy.reason }),
    attempt: outcome.attempt,
    ...(command.metric === undefined ? {} : { metric: command.metric }),
    ...(command.threshold === undefined ? {} : { threshold: command.threshold }),
    ...command.figures,
    ...(outcome.pnlSats === undefined ? {} : { pnlSats: outcome.pnlSats }),
    priceUsd: command.priceUsd,
    positionRevision: command.positionRevision,
    ...(command.operator === undefined ? {} : { operator: command.operator.actor }),
    ...(outcome.effectId === undefined ? {} : { effectId: outcome.effectId }),
    ...(outcome.addedMarginSats === undefined ? {} : { addedMarginSats: outcome.addedMarginSats }),
    ...(outcome.reducedQuantityUsd === undefined ? {} : { reducedQuantityUsd: outcome.reducedQuantityUsd }),
    ...(marginBeforeSats === undefined ? {} : { marginBeforeSats }),
    ...(outcome.after === undefined ? {} : { marginAfterSats: outcome.after.marginSats })
  },
  atMs: outcome.finishedAtMs
})

const notify = (
  { userId, workspaceId }: CommandContext,
  outcome: TradeOutcome,
  level: Notification["level"],
  body: string
): ReadonlyArray<Outgoing> => {
  if (userId === undefined) return []
  const value: Notification = {
    notificationId: deterministicId("outcome", outcome.commandId, outcome.status, outcome.reason),
    userId,
    accountId: outcome.accountId,
    kind: "automation_outcome",
    level,
    title: `${outcome.accountName}: ${actionText(outcome.action)} ${outcome.status}`,
    body,
    subjectId: outcome.commandId,
    createdAtMs: outcome.finishedAtMs
  }
  return [outgoing(notifications, { key: userId, value, workspaceId, lane: "critical" })]
}
