import type { TradeOutcome } from "@millrace/contracts"
import type { AccountSession } from "@millrace/exchange"
import type { Intent, OperatorFinding } from "@millrace/store"
import { wallClockMs } from "@millrace/telemetry"
import { Effect } from "effect"
import { type CommandContext, decodeContext } from "./CommandContext.ts"
import { CommandHeld } from "./CommandHeld.ts"
import { type CommandTools, hold, recorded } from "./CommandTools.ts"
import { windowLeftMs } from "./lateCopies.ts"
import type { OutcomeReason } from "./OutcomeReason.ts"
import { type PlannedOrder, plannedOrders } from "./plannedOrders.ts"
import { readBack } from "./readBack.ts"
import { sendOrder, signOrder } from "./sendOrder.ts"

/** What follows when the order turns out not to be applied. */
export type IfNotApplied =
  /** The command still stands: send it again as soon as that can't double it. */
  | { readonly _tag: "SendAgain" }
  /** It no longer stands: end it with this reason as soon as no late copy can be applied. */
  | { readonly _tag: "GiveUp"; readonly reason: OutcomeReason }
  /** The command is delivered again, and its handler decides: let go of what waits for it as soon as no late copy can be applied. */
  | { readonly _tag: "Release" }

/** An intent with the order that it stands for. */
interface Unsettled {
  readonly intent: Intent
  readonly context: CommandContext
  readonly order: PlannedOrder
  readonly session: AccountSession
}

/**
 * Settles an intent whose result is not known by reading the exchange, or by what an operator found out.
 *
 * Fails with `CommandHeld` when the exchange does not answer, or when a copy of the request could still be applied:
 * held until the exchange's clock has passed the signature's time and its window.
 *
 * Outline: an operator's verdict holds; else look; applied or never to be applied: record that; not applied yet: a
 * repeatable request goes out again under the next fence, another one only after the window; no proof either way:
 * `unknown`, which blocks the position until somebody looks.
 */
export const reconcile = Effect.fn("Executor.reconcile")(function* (
  tools: CommandTools,
  session: AccountSession,
  intent: Intent,
  ifNotApplied: IfNotApplied
): Effect.fn.Return<TradeOutcome, CommandHeld> {
  const { context, order } = yield* orderOf(intent)
  const unsettled = { intent, context, order, session }
  if (intent.operator !== undefined) return yield* settleByHand(tools, unsettled, intent.operator)
  const { intentId } = intent
  const { judgement } = yield* readBack(tools, context, order, session)
  yield* Effect.logInfo(`Read back: ${judgement._tag}`).pipe(
    Effect.annotateLogs({ commandId: context.command.commandId, intentId, state: intent.state })
  )
  switch (judgement._tag) {
    case "Applied":
      return yield* tools.finish(context, intent, "succeeded", { reason: "done", effect: judgement.effect })
    case "Void":
      return yield* tools.finish(context, intent, "refused", { reason: judgement.reason })
    case "Ambiguous":
      yield* Effect.logError(`Intent ${intentId} can't be settled: ${order.positionId} is blocked`).pipe(
        Effect.annotateLogs({ commandId: context.command.commandId, accountId: intent.accountId })
      )
      return yield* tools.finish(context, intent, "unknown", { reason: "ambiguous_read_back" })
    case "NotYet": {
      const nowMs = yield* wallClockMs
      const forbidden = ifNotApplied._tag === "SendAgain" ? tools.forbids(context.command, nowMs) : undefined
      const then: IfNotApplied = forbidden === undefined ? ifNotApplied : { _tag: "GiveUp", reason: forbidden }
      if (then._tag === "SendAgain" && intent.repeatable) return yield* resend(tools, unsettled)
      yield* awaitWindow(tools, intent)
      // A copy may have been applied between the look above and the end of its window: look once more.
      return yield* afterWindow(tools, unsettled, then)
    }
  }
})

/** The order of an intent as its command asks for it. */
export const orderOf = (
  intent: Intent
): Effect.Effect<{ readonly context: CommandContext; readonly order: PlannedOrder }, CommandHeld> =>
  Effect.gen(function* () {
    const context = yield* Effect.mapError(decodeContext(intent.request), (issue) =>
      unreadable(intent.intentId, issue.message)
    )
    const order = plannedOrders(context).orders.find(({ intentId }) => intentId === intent.intentId)
    return order === undefined
      ? yield* unreadable(intent.intentId, "its command has no such order")
      : { context, order }
  })

const unreadable = (intentId: string, issue: string) =>
  new CommandHeld({
    commandId: intentId,
    kind: "system",
    reason: "intent_unreadable",
    detail: `the request of intent ${intentId} is not of this version: ${issue}`
  })

const settleByHand = Effect.fnUntraced(function* (
  tools: CommandTools,
  { context, intent }: Unsettled,
  { effectId, verdict }: OperatorFinding
): Effect.fn.Return<TradeOutcome, CommandHeld> {
  if (verdict === "applied") {
    const effect = effectId === undefined ? {} : { effectId }
    return yield* tools.finish(context, intent, "succeeded", { reason: "settled_applied", effect })
  }
  yield* awaitWindow(tools, intent)
  return yield* tools.finish(context, intent, "refused", { reason: "settled_not_applied" })
})

/** Passes once the exchange would refuse every copy of the request that is still on its way. */
const awaitWindow = Effect.fnUntraced(function* (tools: CommandTools, intent: Intent) {
  if (intent.signedAtMs === undefined) return
  const leftMs = yield* windowLeftMs(tools, intent.intentId, intent.signedAtMs)
  if (leftMs > 0) {
    return yield* new CommandHeld({
      commandId: intent.intentId,
      kind: "temporary",
      reason: "signature_window",
      detail: "the reply was lost, and a late copy of the request could still be applied",
      retryAfterMs: leftMs
    })
  }
})

const afterWindow = Effect.fnUntraced(function* (
  tools: CommandTools,
  unsettled: Unsettled,
  ifNotApplied: IfNotApplied
): Effect.fn.Return<TradeOutcome, CommandHeld> {
  const { context, intent, order, session } = unsettled
  const { judgement } = yield* readBack(tools, context, order, session)
  if (judgement._tag === "NotYet") {
    switch (ifNotApplied._tag) {
      case "SendAgain":
        return yield* resend(tools, unsettled)
      case "GiveUp":
        return yield* tools.finish(context, intent, "refused", { reason: ifNotApplied.reason })
      case "Release":
        return yield* release(tools, intent)
    }
  }
  return yield* new CommandHeld({
    commandId: intent.intentId,
    kind: "temporary",
    reason: "position_moved",
    detail: `position ${order.positionId} changed during the read-back`,
    retryAfterMs: 0
  })
})

/** Nothing was applied, and nothing can be any more: the position is free, and the command may send it anew. */
const release = Effect.fnUntraced(function* (tools: CommandTools, { fence, intentId }: Intent) {
  yield* tools.note(intentId, fence, "not_applied", "delivered_again")
  return yield* new CommandHeld({
    commandId: intentId,
    kind: "temporary",
    reason: "delivered_again",
    detail: "it had not reached the exchange, and its command still stands"
  })
})

const resend = Effect.fnUntraced(function* (
  tools: CommandTools,
  { context, intent, order, session }: Unsettled
): Effect.fn.Return<TradeOutcome, CommandHeld> {
  const { intentId } = intent
  const signed = yield* signOrder(order, session)
  const permit = yield* hold(intentId, tools.ledger.resend(intentId, intent.fence, signed.signedAtMs, tools.owner))
  switch (permit._tag) {
    case "Granted": {
      const granted = { context, session, order, signed, fence: permit.fence, afterUnknown: true }
      const result = yield* sendOrder(tools, granted)
      return result._tag === "Finished" ? result.outcome : yield* replyLostAgain(intentId)
    }
    case "Settled":
      return yield* recorded(intentId, permit.intent)
    default:
      return yield* replyLostAgain(intentId)
  }
})

const replyLostAgain = (commandId: string) =>
  new CommandHeld({
    commandId,
    kind: "temporary",
    reason: "reply_lost",
    detail: "sent again without a reply, or another executor is at it",
    retryAfterMs: 200
  })
