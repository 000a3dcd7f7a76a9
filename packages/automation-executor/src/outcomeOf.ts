import type { CommandTiming, OutcomePart, OutcomeStatus, TradeOutcome } from "@millrace/contracts"
import type { CommandContext } from "./CommandContext.ts"
import type { AppliedEffect } from "./OrderAction.ts"
import { type OutcomeReason, outcomeReasons } from "./OutcomeReason.ts"
import type { OrderPlan, PlannedOrder } from "./plannedOrders.ts"

/** How an order, or a command, ended. */
export interface Ending {
  readonly reason: OutcomeReason
  /** What it changed; only where it was carried out. */
  readonly effect?: AppliedEffect | undefined
  readonly timing?: Partial<CommandTiming>
}

/** Returns the outcome record of a command; what changed goes into it only where the command changed it. */
export const outcomeOf = (context: CommandContext, ending: Ending, finishedAtMs: number): TradeOutcome => ({
  ...outcomeHead(context, outcomeReasons[ending.reason].status, ending.reason),
  ...(outcomeReasons[ending.reason].status === "completed" ? ending.effect : {}),
  timing: {
    tickReceivedAtMs: context.command.tickReceivedAtMs,
    decidedAtMs: context.command.decidedAtMs,
    commandReceivedAtMs: context.receivedAtMs,
    ...ending.timing
  },
  finishedAtMs
})

/** What every outcome of a command says, also one that is still to come. */
export const outcomeHead = ({ accountName, command }: CommandContext, status: OutcomeStatus, reason: string) => ({
  commandId: command.commandId,
  accountId: command.accountId,
  accountName,
  ruleId: command.ruleId,
  ...(command.ruleKind === undefined ? {} : { ruleKind: command.ruleKind }),
  ...(command.positionId === undefined ? {} : { positionId: command.positionId }),
  action: command.action,
  attempt: command.attempt,
  status,
  reason,
  marketTimeMs: command.marketTimeMs,
  priceUsd: command.priceUsd,
  ...(command.figures === undefined ? {} : { marginLoss: command.figures.marginLoss }),
  ...(command.figures?.returnOnMarginPercent === undefined
    ? {}
    : { returnOnMarginPercent: command.figures.returnOnMarginPercent })
})

/** An order of the plan and how it ended. */
export interface EndedOrder {
  readonly order: PlannedOrder
  readonly outcome: TradeOutcome
}

/** Joins the outcomes of a command's orders, of which there is at least one. */
export const joinOutcomes = (
  context: CommandContext,
  join: OrderPlan["join"],
  ended: readonly [EndedOrder, ...Array<EndedOrder>]
): TradeOutcome => {
  switch (join) {
    case "one":
      return ended[0].outcome
    case "chain": {
      const { outcome } = ended.find((one) => one.outcome.status !== "completed") ?? ended[ended.length - 1]!
      const paid = ended.find((one) => one.order.entryMarginSats !== undefined && one.outcome.status === "completed")
      return paid === undefined ? outcome : { ...outcome, addedMarginSats: paid.order.entryMarginSats! }
    }
    case "each":
      return joinParts(context, ended)
  }
}

/** One part of unknown result makes the whole unknown; else what was done counts, and parts that were not are listed. */
const joinParts = (context: CommandContext, ended: readonly [EndedOrder, ...Array<EndedOrder>]): TradeOutcome => {
  const outcomes = ended.map(({ outcome }) => outcome)
  const done = ended.filter(({ outcome }) => outcome.status === "completed")
  const lacking =
    outcomes.find(({ status }) => status === "unknown") ??
    outcomes.find(({ status }) => status === "failed") ??
    outcomes.find(({ status }) => status === "refused")
  const { reason, status } = summary(outcomes, done.length, lacking)
  const own = ended.find(({ order, outcome }) => order.positionId === context.command.positionId && outcome.after)
  const pnl = done.flatMap(({ outcome: { pnlSats } }) => (pnlSats === undefined ? [] : [pnlSats]))
  const effectId = done[0]?.outcome.effectId
  return {
    ...outcomeHead(context, status, reason),
    ...(effectId === undefined ? {} : { effectId }),
    ...(own?.outcome.after === undefined ? {} : { after: own.outcome.after }),
    ...(pnl.length === 0 ? {} : { pnlSats: pnl.reduce((sum, one) => sum + one, 0) }),
    reducedQuantityUsd: done.reduce((sum, one) => sum + partOf(one).quantityUsd, 0),
    parts: ended.map(partOf),
    timing: timingOf(outcomes),
    finishedAtMs: Math.max(...outcomes.map(({ finishedAtMs }) => finishedAtMs))
  }
}

const summary = (
  outcomes: ReadonlyArray<TradeOutcome>,
  done: number,
  lacking: TradeOutcome | undefined
): Pick<TradeOutcome, "status" | "reason"> => {
  if (lacking === undefined) return outcomes[0]!
  if (lacking.status === "unknown" || done === 0) return lacking
  return { status: "completed", reason: "partly_done" }
}

const partOf = ({ order, outcome: { reason, reducedQuantityUsd, status } }: EndedOrder): OutcomePart => ({
  positionId: order.positionId,
  quantityUsd: reducedQuantityUsd ?? order.quantityUsd ?? 1,
  status,
  reason
})

/** From the first request to the last reply. */
const timingOf = (outcomes: ReadonlyArray<TradeOutcome>): CommandTiming => {
  const replied = outcomes.flatMap(({ timing }) => (timing.repliedAtMs === undefined ? [] : [timing.repliedAtMs]))
  const first = outcomes.find(({ timing }) => timing.sentAtMs !== undefined) ?? outcomes[0]!
  return { ...first.timing, ...(replied.length === 0 ? {} : { repliedAtMs: Math.max(...replied) }) }
}
