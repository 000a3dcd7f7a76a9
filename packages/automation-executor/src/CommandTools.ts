import { TradeOutcome } from "@millrace/contracts"
import { Exchange } from "@millrace/exchange"
import { type Intent, IntentLedger, type StoreError } from "@millrace/store"
import { wallClockMs } from "@millrace/telemetry"
import { Duration, Effect, Schema } from "effect"
import { AccountSessions } from "./AccountSessions.ts"
import type { CommandContext } from "./CommandContext.ts"
import { CommandHeld } from "./CommandHeld.ts"
import { ExecutorConfig } from "./ExecutorConfig.ts"
import { type Ending, outcomeOf } from "./outcomeOf.ts"

/** What the steps of a command work with. */
export const makeCommandTools = Effect.gen(function* () {
  const ledger = yield* IntentLedger
  const sessions = yield* AccountSessions
  const exchange = yield* Exchange
  const settings = yield* ExecutorConfig

  /** Records the end of an intent in the ledger and returns the outcome; a stale fence returns what was recorded. */
  const finish = Effect.fnUntraced(function* (
    context: CommandContext,
    fence: number,
    state: "succeeded" | "refused" | "unknown",
    ending: Ending
  ) {
    const outcome = outcomeOf(context, ending, yield* wallClockMs)
    const { commandId } = context.command
    const settled = yield* hold(
      commandId,
      ledger.settle(commandId, fence, {
        state,
        reason: ending.reason,
        outcome,
        ...(outcome.effectId === undefined ? {} : { effectId: outcome.effectId })
      })
    )
    if (settled) return outcome
    const intent = yield* hold(commandId, ledger.find(commandId))
    return yield* recorded(commandId, intent)
  })

  /** Records a state that is not the end. */
  const note = (commandId: string, fence: number, state: "not_applied" | "unknown", reason: string) =>
    hold(commandId, ledger.settle(commandId, fence, { state, reason, outcome: null }))

  return {
    ledger,
    sessions,
    exchange,
    owner: `automation-executor.${settings.instance}`,
    signatureWindowMs: Duration.toMillis(settings.signatureWindow),
    leftBehindAfterMs: Duration.toMillis(settings.leftBehindAfter),
    finish,
    note
  }
})

export type CommandTools = Effect.Success<typeof makeCommandTools>

/** Without PostgreSQL nothing can be sent: the command is held until it answers. */
export const hold = <A, R>(commandId: string, self: Effect.Effect<A, StoreError, R>) =>
  Effect.mapError(
    self,
    (error) => new CommandHeld({ commandId, kind: "system", reason: "store_unavailable", detail: error.message })
  )

const decodeOutcome = Schema.decodeUnknownEffect(TradeOutcome)

/** The outcome that the ledger recorded, to be told again. */
export const recorded = (commandId: string, intent: Intent | undefined): Effect.Effect<TradeOutcome, CommandHeld> =>
  Effect.mapError(
    decodeOutcome(intent?.outcome),
    (issue) =>
      new CommandHeld({
        commandId,
        kind: "temporary",
        reason: "outcome_not_recorded",
        detail: `the ledger holds no outcome of intent ${commandId} yet: ${issue.message}`,
        retryAfterMs: 1000
      })
  )
