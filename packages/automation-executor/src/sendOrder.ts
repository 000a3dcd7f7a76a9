import type { CommandTiming, TradeOutcome } from "@millrace/contracts"
import type { AccountSession, ExchangeError, SignedOrder } from "@millrace/exchange"
import { wallClockMs } from "@millrace/telemetry"
import { Effect, Result } from "effect"
import type { CommandContext } from "./CommandContext.ts"
import { type CommandHeld, heldBy } from "./CommandHeld.ts"
import type { CommandTools } from "./CommandTools.ts"
import { endOf, judgeReadBack } from "./judgeReadBack.ts"
import type { OutcomeReason } from "./OutcomeReason.ts"

/** A request that the ledger has granted: signed, and durable as `sent`. */
export interface GrantedOrder {
  readonly context: CommandContext
  readonly session: AccountSession
  readonly order: SignedOrder
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

export const signOrder = ({ command }: CommandContext, session: AccountSession) =>
  (command.action._tag === "add_margin"
    ? session.signAddMargin(command.positionId, command.action.amountSats)
    : session.signCloseTrade(command.positionId)
  ).pipe(Effect.mapError((error) => heldBy(command.commandId, error)))

/** Sends a granted request once and records what came of it. */
export const sendOrder = Effect.fnUntraced(function* (tools: CommandTools, granted: GrantedOrder) {
  const reply = yield* sendAndRecord(tools, granted)
  return reply._tag === "Refused" ? yield* explainRefusal(tools, granted, reply) : reply
})

/** Not to be interrupted between the request and its record; the request has its own time-out. */
const sendAndRecord = (
  tools: CommandTools,
  { context, order, fence, afterUnknown }: GrantedOrder
): Effect.Effect<Reply, CommandHeld> =>
  Effect.gen(function* () {
    const { commandId, accountId } = context.command
    const intentCommittedAtMs = yield* wallClockMs
    const reply = yield* Effect.result(order.send)
    const timing = { intentCommittedAtMs, sentAtMs: intentCommittedAtMs, repliedAtMs: yield* wallClockMs }
    if (Result.isSuccess(reply)) {
      const ending = { reason: "done", trade: reply.success, timing } as const
      return { _tag: "Finished", outcome: yield* tools.finish(context, fence, "succeeded", ending) } as const
    }
    const error = reply.failure
    const notApplied = afterUnknown ? "unknown" : "not_applied"
    yield* tools.note(commandId, fence, error.applied === "unknown" ? "unknown" : notApplied, error.reason)
    if (error.applied === "unknown") return { _tag: "ReplyLost" } as const
    if (error.kind === "temporary") return yield* heldBy(commandId, error)
    if (error.reason !== "unauthorized" && error.reason !== "forbidden")
      return { _tag: "Refused", error, timing } as const
    yield* tools.sessions.forget(accountId)
    // A request that was held up until its signature was too old says nothing about the credentials.
    const expired = timing.repliedAtMs - order.signedAtMs >= tools.signatureWindowMs
    if (afterUnknown || expired) return yield* heldBy(commandId, error)
    return yield* finished(tools, context, fence, "credentials_rejected", timing)
  }).pipe(Effect.uninterruptible)

const finished = (
  tools: CommandTools,
  context: CommandContext,
  fence: number,
  reason: OutcomeReason,
  timing: Partial<CommandTiming>
): Effect.Effect<Finished, CommandHeld> =>
  Effect.map(tools.finish(context, fence, "refused", { reason, timing }), (outcome) => ({ _tag: "Finished", outcome }))

/** The exchange answered that it did not do it; the trade's present state says why. */
const explainRefusal = Effect.fnUntraced(function* (
  tools: CommandTools,
  { context, session, fence, afterUnknown }: GrantedOrder,
  { error, timing }: Refused
): Effect.fn.Return<Finished, CommandHeld> {
  const { commandId, positionId } = context.command
  const trade = yield* session.findTrade(positionId).pipe(Effect.mapError((failure) => heldBy(commandId, failure)))
  const judgement = afterUnknown ? judgeReadBack(context, trade) : undefined
  if (judgement?._tag === "Applied") {
    const ending = { reason: "done", trade: judgement.trade, timing } as const
    return { _tag: "Finished", outcome: yield* tools.finish(context, fence, "succeeded", ending) }
  }
  const end = endOf(trade)
  if (end !== undefined) return yield* finished(tools, context, fence, end, timing)
  const reason = isAboutBalance(error) ? "insufficient_balance" : "exchange_refused"
  yield* Effect.logWarning(`${error.operation} refused with status ${error.status ?? "none"}: ${error.detail}`).pipe(
    Effect.annotateLogs({ commandId })
  )
  return yield* finished(tools, context, fence, reason, timing)
})

const isAboutBalance = (error: ExchangeError): boolean =>
  /insufficient|not enough|balance|funds/iu.test(`${error.code ?? ""} ${error.detail}`)
