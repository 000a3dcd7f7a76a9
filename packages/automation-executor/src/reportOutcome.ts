import {
  type AuditEntry,
  auditLog,
  type CommandAction,
  deterministicId,
  type Notification,
  notifications,
  type TradeOutcome,
  tradeLog
} from "@millrace/contracts"
import { type Outgoing, outgoing } from "@millrace/runtime"
import type { CommandContext } from "./CommandContext.ts"
import { type OutcomeReason, outcomeReasons } from "./OutcomeReason.ts"

/**
 * Returns the records that tell of an outcome: trade log, audit log, and the user's notification.
 *
 * All ids come from the command and its outcome: told twice, they are the same records.
 */
export const reportOutcome = (context: CommandContext, outcome: TradeOutcome): ReadonlyArray<Outgoing> => {
  const { workspaceId, userId } = context
  return [
    outgoing(tradeLog, { key: outcome.accountId, value: outcome, workspaceId }),
    outgoing(auditLog, { key: workspaceId, value: auditOf(context, outcome), workspaceId }),
    ...(userId === undefined
      ? []
      : [
          outgoing(notifications, {
            key: userId,
            value: notificationOf(userId, outcome),
            workspaceId,
            lane: "critical"
          })
        ])
  ]
}

const auditOf = ({ workspaceId, command, marginBeforeSats }: CommandContext, outcome: TradeOutcome): AuditEntry => ({
  auditId: deterministicId("audit", outcome.commandId, outcome.status, outcome.reason),
  workspaceId,
  actor: "automation-executor",
  action: "margin_guard_executed",
  accountId: outcome.accountId,
  automationId: outcome.ruleId,
  positionId: outcome.positionId,
  commandId: outcome.commandId,
  details: {
    action: command.action._tag,
    status: outcome.status,
    reason: outcome.reason,
    attempt: outcome.attempt,
    metric: command.metric,
    threshold: command.threshold,
    marginLoss: command.figures.marginLoss,
    exchangeMarginRatio: command.figures.exchangeMarginRatio,
    distanceToLiquidation: command.figures.distanceToLiquidation,
    pnlSats: outcome.pnlSats ?? command.figures.pnlSats,
    priceUsd: command.priceUsd,
    positionRevision: command.positionRevision,
    ...(outcome.effectId === undefined ? {} : { effectId: outcome.effectId }),
    ...(outcome.addedMarginSats === undefined ? {} : { addedMarginSats: outcome.addedMarginSats }),
    ...(marginBeforeSats === undefined ? {} : { marginBeforeSats }),
    ...(outcome.after === undefined ? {} : { marginAfterSats: outcome.after.marginSats })
  },
  atMs: outcome.finishedAtMs
})

const notificationOf = (userId: string, outcome: TradeOutcome): Notification => ({
  notificationId: deterministicId("outcome", outcome.commandId, outcome.status, outcome.reason),
  userId,
  accountId: outcome.accountId,
  kind: "automation_outcome",
  level: outcome.status === "completed" ? "info" : "critical",
  title: `${outcome.accountName}: ${actionText(outcome.action)} ${outcome.status}`,
  body: bodyOf(outcome),
  subjectId: outcome.commandId,
  createdAtMs: outcome.finishedAtMs
})

const bodyOf = (outcome: TradeOutcome): string => {
  const text = outcomeReasons[outcome.reason as OutcomeReason].text
  const figures = `Position ${outcome.positionId} had lost ${(outcome.marginLoss * 100).toFixed(1)} % of its margin at ${outcome.priceUsd} USD.`
  return outcome.status === "completed" || isOver(outcome.reason)
    ? `${figures} ${text}`
    : `${figures} ${text} What you can do by hand: open the exchange, check position ${outcome.positionId}, and close it or add margin there.`
}

/** The position is gone, or an action has just been applied: there is nothing left to do by hand. */
const isOver = (reason: string): boolean =>
  reason === "position_closed" || reason === "position_liquidated" || reason === "revision_superseded"

const actionText = (action: CommandAction): string => {
  switch (action._tag) {
    case "close_position":
      return "closing the position"
    case "reduce_position":
      return `reducing the position by ${action.reducePercentage} %`
    case "add_margin":
      return `adding ${action.amountSats} sats of margin`
  }
}
