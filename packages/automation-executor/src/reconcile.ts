import type { TradeOutcome } from "@millrace/contracts"
import type { AccountSession } from "@millrace/exchange"
import type { Intent } from "@millrace/store"
import { Effect } from "effect"
import { type CommandContext, decodeContext } from "./CommandContext.ts"
import { CommandHeld, heldBy } from "./CommandHeld.ts"
import { type CommandTools, hold, recorded } from "./CommandTools.ts"
import { judgeReadBack } from "./judgeReadBack.ts"
import type { OutcomeReason } from "./OutcomeReason.ts"
import { sendOrder, signOrder } from "./sendOrder.ts"

/** What follows when the order turns out not to be applied. */
export type IfNotApplied =
  /** The command still stands: send it again as soon as that can't double it. */
  | { readonly _tag: "SendAgain" }
  /** It no longer stands: end it with this reason as soon as no late copy can be applied. */
  | { readonly _tag: "GiveUp"; readonly reason: OutcomeReason }

/**
 * Settles an intent whose result is not known by reading the exchange.
 *
 * Fails with `CommandHeld` when the exchange does not answer, or when a copy of the request could still be applied:
 * held until the exchange's clock has passed the signature's time and its window.
 *
 * Outline: read the trade; applied or never to be applied: record that; not applied yet: a repeatable request goes out
 * again under the next fence, another one only after the window; no proof either way: `unknown`, which blocks the
 * position until somebody looks.
 */
export const reconcile = Effect.fn("Executor.reconcile")(function* (
  tools: CommandTools,
  session: AccountSession,
  intent: Intent,
  ifNotApplied: IfNotApplied
): Effect.fn.Return<TradeOutcome, CommandHeld> {
  const context = yield* contextOf(intent)
  const { commandId, positionId } = context.command
  const trade = yield* session.findTrade(positionId).pipe(Effect.mapError((error) => heldBy(commandId, error)))
  const judgement = judgeReadBack(context, trade)
  yield* Effect.logInfo(`Read back: ${judgement._tag}`).pipe(Effect.annotateLogs({ commandId, state: intent.state }))
  switch (judgement._tag) {
    case "Applied":
      return yield* tools.finish(context, intent.fence, "succeeded", { reason: "done", trade: judgement.trade })
    case "Void":
      return yield* tools.finish(context, intent.fence, "refused", { reason: judgement.reason })
    case "Ambiguous":
      yield* Effect.logError(`Intent ${commandId} can't be settled: position ${positionId} is blocked`).pipe(
        Effect.annotateLogs({ commandId, accountId: intent.accountId })
      )
      return yield* tools.finish(context, intent.fence, "unknown", { reason: "ambiguous_read_back" })
    case "NotYet":
      if (ifNotApplied._tag === "SendAgain" && intent.repeatable) return yield* resend(tools, session, context, intent)
      yield* awaitWindow(tools, intent)
      // A copy may have been applied between the look above and the end of its window: look once more.
      return yield* afterWindow(tools, session, context, intent, ifNotApplied)
  }
})

const contextOf = (intent: Intent): Effect.Effect<CommandContext, CommandHeld> =>
  decodeContext(intent.request).pipe(
    Effect.mapError(
      (issue) =>
        new CommandHeld({
          commandId: intent.intentId,
          kind: "system",
          reason: "intent_unreadable",
          detail: `the request of intent ${intent.intentId} is not of this version: ${issue.message}`
        })
    )
  )

/** Passes once the exchange would refuse every copy of the request that is still on its way. */
const awaitWindow = Effect.fnUntraced(function* (tools: CommandTools, intent: Intent) {
  const nowMs = yield* tools.exchange.serverTimeMs.pipe(Effect.mapError((error) => heldBy(intent.intentId, error)))
  const remainingMs = (intent.signedAtMs ?? nowMs) + tools.signatureWindowMs + 1 - nowMs
  if (remainingMs > 0) {
    return yield* new CommandHeld({
      commandId: intent.intentId,
      kind: "temporary",
      reason: "signature_window",
      detail: "the reply was lost, and a late copy of the request could still be applied",
      retryAfterMs: Math.min(remainingMs, tools.signatureWindowMs)
    })
  }
})

const afterWindow = Effect.fnUntraced(function* (
  tools: CommandTools,
  session: AccountSession,
  context: CommandContext,
  intent: Intent,
  ifNotApplied: IfNotApplied
): Effect.fn.Return<TradeOutcome, CommandHeld> {
  const { commandId, positionId } = context.command
  const trade = yield* session.findTrade(positionId).pipe(Effect.mapError((error) => heldBy(commandId, error)))
  const judgement = judgeReadBack(context, trade)
  if (judgement._tag === "NotYet") {
    return ifNotApplied._tag === "SendAgain"
      ? yield* resend(tools, session, context, intent)
      : yield* tools.finish(context, intent.fence, "refused", { reason: ifNotApplied.reason })
  }
  return yield* new CommandHeld({
    commandId,
    kind: "temporary",
    reason: "position_moved",
    detail: `position ${positionId} changed during the read-back`,
    retryAfterMs: 0
  })
})

const resend = Effect.fnUntraced(function* (
  tools: CommandTools,
  session: AccountSession,
  context: CommandContext,
  intent: Intent
): Effect.fn.Return<TradeOutcome, CommandHeld> {
  const { commandId } = context.command
  const order = yield* signOrder(context, session)
  const permit = yield* hold(commandId, tools.ledger.resend(commandId, intent.fence, order.signedAtMs, tools.owner))
  switch (permit._tag) {
    case "Granted": {
      const granted = { context, session, order, fence: permit.fence, afterUnknown: true }
      const result = yield* sendOrder(tools, granted)
      return result._tag === "Finished" ? result.outcome : yield* replyLostAgain(commandId)
    }
    case "Settled":
      return yield* recorded(commandId, permit.intent)
    default:
      return yield* replyLostAgain(commandId)
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
