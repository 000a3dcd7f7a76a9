import type { TradeOutcome } from "@millrace/contracts"
import type { Outgoing, Publisher } from "@millrace/runtime"
import { wallClockMs } from "@millrace/telemetry"
import { Duration, Effect } from "effect"
import type { CommandContext } from "./CommandContext.ts"
import { type CommandHeld, holdReasons } from "./CommandHeld.ts"
import { type CommandTools, hold } from "./CommandTools.ts"
import { countOutcome } from "./ExecutorMetrics.ts"
import { type OutcomeReason, outcomeReasons } from "./OutcomeReason.ts"
import { outcomeHead } from "./outcomeOf.ts"
import { byHand } from "./outcomeWords.ts"
import { plannedOrders } from "./plannedOrders.ts"
import { reportOutcome, reportPending } from "./reportOutcome.ts"

/** Tells of commands that wait and of commands that ended, and keeps the list of those that somebody may look after. */
export interface CommandNews {
  /** Tells once per reason that a command waits, and for what. Never fails: the command waits all the same. */
  readonly waits: (context: CommandContext, held: CommandHeld) => Effect.Effect<void>
  /** Returns the records that tell of an outcome, after the list holds what is not completed. */
  readonly ended: (
    context: CommandContext,
    outcome: TradeOutcome
  ) => Effect.Effect<ReadonlyArray<Outgoing>, CommandHeld>
  /** Whether this process knows the command as waiting. */
  readonly knows: (commandId: string) => boolean
}

interface Waiting {
  readonly sinceMs: number
  readonly told: Set<string>
}

/** Commands remembered as waiting; of one that is forgotten the same is told again, under the same ids. */
const mostWaiting = 10_000

/** `publisher`: by which a command that waits is told at once. */
export const makeCommandNews = (tools: CommandTools, publisher: Pick<Publisher["Service"], "publish">): CommandNews => {
  const pendingAfterMs = Duration.toMillis(tools.settings.pendingAfter)
  const waiting = new Map<string, Waiting>()

  const remember = (commandId: string, nowMs: number): Waiting => {
    const known = waiting.get(commandId)
    if (known !== undefined) return known
    const entry = { sinceMs: nowMs, told: new Set<string>() }
    waiting.set(commandId, entry)
    if (waiting.size > mostWaiting) waiting.delete(waiting.keys().next().value!)
    return entry
  }

  const list = (context: CommandContext, outcome: TradeOutcome, detail: string, atMs: number) =>
    tools.list.put({ ...listedFields(context, outcome), detail, updatedAtMs: atMs })

  const waits = Effect.fnUntraced(function* (context: CommandContext, held: CommandHeld) {
    const nowMs = yield* wallClockMs
    const { sinceMs, told } = remember(context.command.commandId, nowMs)
    const shortWait = held.kind !== "system" && nowMs - sinceMs + (held.retryAfterMs ?? 0) < pendingAfterMs
    if (shortWait || told.has(held.reason)) return
    const outcome = pendingOutcome(context, held, nowMs)
    yield* publisher.publish(reportPending(context, outcome, holdReasons[held.reason]))
    told.add(held.reason)
    yield* list(context, outcome, `${holdReasons[held.reason]} ${held.detail}`, nowMs)
  })

  const settledBy = Effect.fnUntraced(function* (context: CommandContext) {
    for (const { intentId } of plannedOrders(context).orders) {
      const intent = yield* hold(intentId, tools.ledger.find(intentId))
      if (intent?.operator !== undefined) return intent.operator
    }
    return undefined
  })

  const ended = Effect.fnUntraced(function* (context: CommandContext, outcome: TradeOutcome) {
    const { commandId } = context.command
    if (outcome.status !== "completed" || outcome.reason === "partly_done") {
      const { text } = outcomeReasons[outcome.reason as OutcomeReason]
      yield* hold(commandId, list(context, outcome, text, outcome.finishedAtMs))
    } else if (waiting.has(commandId) || outcome.reason === "settled_applied") {
      yield* hold(commandId, tools.list.remove(commandId))
    }
    waiting.delete(commandId)
    yield* countOutcome(outcome)
    const operator = outcome.reason.startsWith("settled_") ? yield* settledBy(context) : undefined
    return reportOutcome(context, outcome, operator)
  })

  return {
    waits: (context, held) =>
      Effect.catch(waits(context, held), (error) =>
        Effect.logWarning(`That command ${context.command.commandId} waits could not be told: ${error.message}`)
      ),
    ended,
    knows: (commandId) => waiting.has(commandId)
  }
}

const pendingOutcome = (context: CommandContext, held: CommandHeld, nowMs: number): TradeOutcome => ({
  ...outcomeHead(context, "pending", held.reason),
  ...(held.retryAfterMs === undefined ? {} : { retryAtMs: nowMs + held.retryAfterMs }),
  timing: {
    tickReceivedAtMs: context.command.tickReceivedAtMs,
    decidedAtMs: context.command.decidedAtMs,
    commandReceivedAtMs: context.receivedAtMs
  },
  finishedAtMs: nowMs
})

/** A reduction that was done in part is listed as failed: the rest is left to somebody. */
const listedFields = ({ command, workspaceId }: CommandContext, { reason, retryAtMs, status }: TradeOutcome) => ({
  commandId: command.commandId,
  workspaceId,
  accountId: command.accountId,
  ruleId: command.ruleId,
  positionId: command.positionId,
  action: command.action._tag,
  status: status === "completed" ? ("failed" as const) : status,
  reason,
  byHand: byHand(command, reason),
  retryAtMs,
  command
})
