import type { CommandTiming, TradeOutcome } from "@millrace/contracts"
import type { AccountSession, ExchangeError, SignedOrder } from "@millrace/exchange"
import { wallClockMs } from "@millrace/telemetry"
import { Effect, Result } from "effect"
import type { CommandContext } from "./CommandContext.ts"
import { CommandHeld, heldBy } from "./CommandHeld.ts"
import type { CommandTools } from "./CommandTools.ts"
import type { AppliedEffect } from "./OrderAction.ts"
import type { OutcomeReason } from "./OutcomeReason.ts"
import type { PlannedOrder } from "./plannedOrders.ts"
import { readBack } from "./readBack.ts"

/** A request that the ledger has granted: signed, and durable as `sent`. */
export interface GrantedOrder {
  readonly context: CommandContext
  readonly session: AccountSession
  readonly order: PlannedOrder
  readonly signed: SignedOrder<AppliedEffect>
  readonly fence: number
  /** An earlier send of the same intent may have been applied: its reply was lost. */
  readonly afterUnknown: boolean
}

export type SendResult =
  | { readonly _tag: "Finished"; readonly outcome: TradeOutcome }
  /** The reply was lost: only a look at the exchange can tell. Recorded as `unknown`. */
  | { readonly _tag: "ReplyLost" }

type Reply = Finished | { readonly _tag: "ReplyLost" } | Refused
interface Refused {
  readonly _tag: "Refused"
  readonly error: ExchangeError
  readonly timing: Partial<CommandTiming>
}
type Finished = Extract<SendResult, { readonly _tag: "Finished" }>

export const signOrder = ({ action, intentId }: PlannedOrder, session: AccountSession) =>
  Effect.mapError(action.sign(session), (error) => heldBy(intentId, error))

/** Sends a granted request once and records what came of it. */
export const sendOrder = Effect.fnUntraced(function* (tools: CommandTools, granted: GrantedOrder) {
  const reply = yield* sendAndRecord(tools, granted)
  return reply._tag === "Refused" ? yield* explainRefusal(tools, granted, reply) : reply
})

/** Not to be interrupted between the request and its record; the request has its own time-out. */
const sendAndRecord = (tools: CommandTools, granted: GrantedOrder): Effect.Effect<Reply, CommandHeld> =>
  Effect.gen(function* () {
    const { afterUnknown, context, fence, order, signed } = granted
    const { intentId } = order
    // A switch that came while the intent was written: nothing has left yet. Of a repeat a first copy may have.
    const intentCommittedAtMs = yield* wallClockMs
    const forbidden = tools.forbids(context.command, intentCommittedAtMs)
    if (forbidden !== undefined) {
      if (!afterUnknown) return yield* finished(tools, granted, forbidden, {})
      yield* tools.note(intentId, fence, "unknown", forbidden)
      return yield* notRepeated(intentId, forbidden)
    }
    const reply = yield* Effect.result(signed.send)
    const timing = { intentCommittedAtMs, sentAtMs: intentCommittedAtMs, repliedAtMs: yield* wallClockMs }
    if (Result.isSuccess(reply)) {
      const ending = { reason: "done", effect: reply.success, timing } as const
      const outcome = yield* tools.finish(context, { intentId, fence }, "succeeded", ending)
      return { _tag: "Finished", outcome } as const
    }
    const error = reply.failure
    const notApplied = afterUnknown ? "unknown" : "not_applied"
    yield* tools.note(intentId, fence, error.applied === "unknown" ? "unknown" : notApplied, error.reason)
    if (error.applied === "unknown") return { _tag: "ReplyLost" } as const
    if (error.kind === "temporary" || error.kind === "system") return yield* heldBy(intentId, error)
    if (error.reason !== "unauthorized" && error.reason !== "forbidden")
      return { _tag: "Refused", error, timing } as const
    yield* tools.sessions.forget(context.command.accountId)
    // A request that was held up until its signature was too old says nothing about the credentials.
    const expired = timing.repliedAtMs - signed.signedAtMs >= tools.signatureWindowMs
    if (afterUnknown || expired) return yield* heldBy(intentId, error)
    return yield* finished(tools, granted, "credentials_rejected", timing)
  }).pipe(Effect.uninterruptible)

/** The next delivery reads back what became of the first copy, and ends the command once none can arrive any more. */
const notRepeated = (commandId: string, forbidden: OutcomeReason) =>
  new CommandHeld({
    commandId,
    kind: "temporary",
    reason: "reply_lost",
    detail: `a reply was lost, and it is not sent again: ${forbidden}`,
    retryAfterMs: 200
  })

const finished = (
  tools: CommandTools,
  { context, fence, order: { intentId } }: GrantedOrder,
  reason: OutcomeReason,
  timing: Partial<CommandTiming>
): Effect.Effect<Finished, CommandHeld> =>
  Effect.map(tools.finish(context, { intentId, fence }, "refused", { reason, timing }), (outcome) => ({
    _tag: "Finished",
    outcome
  }))

/** The exchange answered that it did not do it; the present state of what it is about says why. */
const explainRefusal = Effect.fnUntraced(function* (
  tools: CommandTools,
  granted: GrantedOrder,
  { error, timing }: Refused
): Effect.fn.Return<Finished, CommandHeld> {
  const { afterUnknown, context, fence, order, session } = granted
  const { intentId } = order
  const { end, judgement } = yield* readBack(tools, context, order, session)
  if (afterUnknown && judgement._tag === "Applied") {
    const ending = { reason: "done", effect: judgement.effect, timing } as const
    return { _tag: "Finished", outcome: yield* tools.finish(context, { intentId, fence }, "succeeded", ending) }
  }
  if (end !== undefined) return yield* finished(tools, granted, end, timing)
  yield* Effect.logWarning(`${error.operation} refused with status ${error.status ?? "none"}: ${error.detail}`).pipe(
    Effect.annotateLogs({ commandId: context.command.commandId })
  )
  return yield* finished(tools, granted, isAboutBalance(error) ? "insufficient_balance" : "exchange_refused", timing)
})

const isAboutBalance = (error: ExchangeError): boolean =>
  /insufficient|not enough|balance|funds/iu.test(`${error.code ?? ""} ${error.detail}`)
