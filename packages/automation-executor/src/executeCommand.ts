import type { TradeOutcome } from "@millrace/contracts"
import type { AccountSession } from "@millrace/exchange"
import type { CredentialsFailure, SendPermit } from "@millrace/store"
import { wallClockMs } from "@millrace/telemetry"
import { Effect } from "effect"
import { type CommandContext, intentOf } from "./CommandContext.ts"
import { CommandHeld } from "./CommandHeld.ts"
import { type CommandTools, hold, recorded } from "./CommandTools.ts"
import type { OutcomeReason } from "./OutcomeReason.ts"
import { outcomeOf } from "./outcomeOf.ts"
import { type IfNotApplied, reconcile } from "./reconcile.ts"
import { sendOrder, signOrder } from "./sendOrder.ts"

/**
 * Carries a validated command out, at most once whatever crashes.
 *
 * Outline: sign, make the intent durable as `sent` in one commit, send, record the result, return the outcome. A crash
 * after the commit leaves an intent that the next delivery of the command reads back before anything is sent again.
 */
export const executeCommand = Effect.fnUntraced(function* (
  tools: CommandTools,
  context: CommandContext,
  session: AccountSession
): Effect.fn.Return<TradeOutcome, CommandHeld> {
  const { commandId } = context.command
  const order = yield* signOrder(context, session)
  const permit = yield* hold(commandId, tools.ledger.send(intentOf(context), order.signedAtMs, tools.owner))
  switch (permit._tag) {
    case "Granted": {
      const granted = { context, session, order, fence: permit.fence, afterUnknown: false }
      const result = yield* sendOrder(tools, granted)
      if (result._tag === "Finished") return result.outcome
      const intent = yield* hold(commandId, tools.ledger.find(commandId))
      return intent === undefined
        ? yield* recorded(commandId, intent)
        : yield* reconcile(tools, session, intent, { _tag: "SendAgain" })
    }
    case "Settled":
      return yield* recorded(commandId, permit.intent)
    case "Unsettled":
      return yield* reconcile(tools, session, permit.intent, { _tag: "SendAgain" })
    case "Blocked":
      return yield* blocked(context, permit)
  }
})

const blocked = Effect.fnUntraced(function* (
  context: CommandContext,
  permit: Extract<SendPermit, { readonly _tag: "Blocked" }>
): Effect.fn.Return<TradeOutcome, CommandHeld> {
  switch (permit.reason) {
    case "sent_intent":
    case "unknown_id":
      return yield* new CommandHeld({
        commandId: context.command.commandId,
        kind: "temporary",
        reason: permit.reason,
        detail: `intent ${permit.by} of the same position is under way`,
        retryAfterMs: 500
      })
    case "unknown_intent":
      return outcomeOf(context, { reason: "position_blocked" }, yield* wallClockMs)
    case "revision_superseded":
      return outcomeOf(context, { reason: "revision_superseded" }, yield* wallClockMs)
  }
})

/**
 * Ends a command that validation refuses: unless the ledger knows that an earlier delivery of it was sent, whose real
 * result then counts.
 */
export const refuseCommand = Effect.fnUntraced(function* (
  tools: CommandTools,
  context: CommandContext,
  reason: OutcomeReason
): Effect.fn.Return<TradeOutcome, CommandHeld | CredentialsFailure> {
  const { commandId, accountId } = context.command
  const intent = yield* hold(commandId, tools.ledger.find(commandId))
  if (intent === undefined) return outcomeOf(context, { reason }, yield* wallClockMs)
  switch (intent.state) {
    case "succeeded":
    case "refused":
      return yield* recorded(commandId, intent)
    case "planned":
    case "not_applied":
      return yield* tools.finish(context, intent.fence, "refused", { reason })
    case "sent":
    case "unknown": {
      const giveUp: IfNotApplied = { _tag: "GiveUp", reason }
      return yield* tools.sessions.use(accountId, (session) => reconcile(tools, session, intent, giveUp))
    }
  }
})
