import type { AccountCaps, TradeOutcome } from "@millrace/contracts"
import type { AccountSession } from "@millrace/exchange"
import type { Capped, CredentialsFailure, SendPermit } from "@millrace/store"
import { wallClockMs } from "@millrace/telemetry"
import { Effect, Result } from "effect"
import { type CommandContext, intentOf } from "./CommandContext.ts"
import { CommandHeld } from "./CommandHeld.ts"
import { type CommandTools, hold, recorded } from "./CommandTools.ts"
import { awaitLateCloses } from "./lateCopies.ts"
import { capReasons, type OutcomeReason } from "./OutcomeReason.ts"
import { outcomeOf } from "./outcomeOf.ts"
import type { PlannedOrder } from "./plannedOrders.ts"
import { type IfNotApplied, reconcile } from "./reconcile.ts"
import { sendOrder, signOrder } from "./sendOrder.ts"

/** A validated command, with what its orders are sent by. */
export interface Execution {
  readonly context: CommandContext
  readonly session: AccountSession
  readonly caps: AccountCaps
}

/**
 * Carries one order of a validated command out, at most once whatever crashes.
 *
 * Outline: sign, ask the kill switches, make the intent durable as `sent` in one commit, send, record the result, return
 * the outcome. A crash after the commit leaves an intent that the next delivery reads back before anything is sent again.
 */
export const executeOrder = Effect.fnUntraced(function* (
  tools: CommandTools,
  execution: Execution,
  order: PlannedOrder
): Effect.fn.Return<TradeOutcome, CommandHeld | CredentialsFailure> {
  const { caps, context, session } = execution
  const { intentId } = order
  const signing = yield* Effect.result(signOrder(order, session))
  if (Result.isFailure(signing)) return yield* readBackWhileDown(tools, execution, order, signing.failure)
  const forbidden = tools.forbids(context.command, yield* wallClockMs)
  if (forbidden !== undefined) return yield* refuseOrder(tools, context, order, forbidden)
  const signed = signing.success
  const intent = intentOf(context, order, caps)
  const permit = yield* hold(intentId, tools.ledger.send(intent, signed.signedAtMs, tools.owner))
  switch (permit._tag) {
    case "Granted": {
      yield* awaitLateCloses(tools, context.command.accountId, order, permit.fence)
      const granted = { context, session, order, signed, fence: permit.fence, afterUnknown: false }
      const result = yield* sendOrder(tools, granted)
      if (result._tag === "Finished") return result.outcome
      const sent = yield* hold(intentId, tools.ledger.find(intentId))
      return sent === undefined
        ? yield* recorded(intentId, sent)
        : yield* reconcile(tools, session, sent, { _tag: "SendAgain" })
    }
    case "Settled":
      return yield* recorded(intentId, permit.intent)
    case "Unsettled":
      return yield* reconcile(tools, session, permit.intent, { _tag: "SendAgain" })
    case "Capped":
      return yield* refuseOrder(tools, context, order, yield* capReason(context, permit))
    case "Blocked":
      return yield* blocked(tools, context, order, permit)
  }
})

/** Returns the reason of an order that would exceed a cap, and logs the figures. */
export const capReason = Effect.fnUntraced(function* (
  { command }: CommandContext,
  { asked, cap, limit, used }: Capped
) {
  yield* Effect.logWarning(`Command refused by the cap ${cap} of ${limit}: ${used} used, ${asked} asked`).pipe(
    Effect.annotateLogs({ commandId: command.commandId, accountId: command.accountId })
  )
  return capReasons[cap]
})

/** Orders are down, so that nothing is written or sent; what was sent before can still be read back. */
const readBackWhileDown = Effect.fnUntraced(function* (
  tools: CommandTools,
  { session }: Execution,
  { intentId }: PlannedOrder,
  held: CommandHeld
): Effect.fn.Return<TradeOutcome, CommandHeld> {
  const intent = yield* hold(intentId, tools.ledger.find(intentId))
  if (intent?.state !== "sent" && intent?.state !== "unknown") return yield* held
  return yield* reconcile(tools, session, intent, { _tag: "SendAgain" })
})

const blocked = (
  tools: CommandTools,
  context: CommandContext,
  order: PlannedOrder,
  permit: Extract<SendPermit, { readonly _tag: "Blocked" }>
): Effect.Effect<TradeOutcome, CommandHeld | CredentialsFailure> => {
  switch (permit.reason) {
    case "sent_intent":
    case "unknown_id":
      return Effect.fail(
        new CommandHeld({
          commandId: order.intentId,
          kind: "temporary",
          reason: permit.reason,
          detail: `intent ${permit.by} of position ${order.positionId} is under way`,
          retryAfterMs: 250
        })
      )
    case "unknown_intent":
      return refuseOrder(tools, context, order, "position_blocked")
    case "revision_superseded":
      return refuseOrder(tools, context, order, "revision_superseded")
  }
}

/**
 * Ends an order that may not act, in the ledger, so that no other instance sends it afterwards. One that an earlier delivery
 * had sent is settled first, so that the outcome tells the truth.
 */
export const refuseOrder = Effect.fnUntraced(function* (
  tools: CommandTools,
  context: CommandContext,
  order: PlannedOrder,
  reason: OutcomeReason
): Effect.fn.Return<TradeOutcome, CommandHeld | CredentialsFailure> {
  const { intentId } = order
  const outcome = outcomeOf(context, { reason }, yield* wallClockMs)
  const refusal = tools.ledger.refuse(intentOf(context, order, {}), tools.owner, { reason, outcome })
  const { _tag, intent } = yield* hold(intentId, refusal)
  if (_tag === "Settled") return yield* recorded(intentId, intent)
  const giveUp: IfNotApplied = { _tag: "GiveUp", reason }
  return yield* tools.sessions.use(context.command.accountId, (session) => reconcile(tools, session, intent, giveUp))
})
