import { type AutomationCommand, TradeOutcome } from "@millrace/contracts"
import { Exchange } from "@millrace/exchange"
import { TradingControls } from "@millrace/runtime"
import { CommandList, type Intent, IntentLedger, type StoreError } from "@millrace/store"
import { wallClockMs } from "@millrace/telemetry"
import { refusedByControls } from "@millrace/trading"
import { Duration, Effect, Schema } from "effect"
import { AccountSessions } from "./AccountSessions.ts"
import type { CommandContext } from "./CommandContext.ts"
import { CommandHeld } from "./CommandHeld.ts"
import { ExecutorConfig, expired } from "./ExecutorConfig.ts"
import type { OutcomeReason } from "./OutcomeReason.ts"
import { type Ending, outcomeOf } from "./outcomeOf.ts"

/** What the steps of a command work with. */
export const makeCommandTools = Effect.gen(function* () {
  const ledger = yield* IntentLedger
  const list = yield* CommandList
  const sessions = yield* AccountSessions
  const exchange = yield* Exchange
  const controls = yield* TradingControls
  const settings = yield* ExecutorConfig

  /** Records the end of an intent in the ledger and returns the outcome; a stale fence returns what was recorded. */
  const finish = Effect.fnUntraced(function* (
    context: CommandContext,
    intent: Pick<Intent, "intentId" | "fence">,
    state: "succeeded" | "refused" | "unknown",
    ending: Ending
  ) {
    const { fence, intentId } = intent
    const outcome = outcomeOf(context, ending, yield* wallClockMs)
    const { effectId } = outcome
    const result = { state, reason: ending.reason, outcome, ...(effectId === undefined ? {} : { effectId }) }
    const settled = yield* hold(intentId, ledger.settle(intentId, fence, result))
    return settled ? outcome : yield* recorded(intentId, yield* hold(intentId, ledger.find(intentId)))
  })

  /** Records a state that is not the end. */
  const note = (intentId: string, fence: number, state: "not_applied" | "unknown", reason: string) =>
    hold(intentId, ledger.settle(intentId, fence, { state, reason, outcome: null }))

  /** What speaks against a command at this moment whatever it is about: a cancellation, the kill switches, its age. */
  const forbids = (command: AutomationCommand, nowMs: number): OutcomeReason | undefined => {
    const { accountId, action, commandId, ruleId } = command
    if (controls.isCanceled(commandId)) return "canceled_by_operator"
    return refusedByControls(action, controls.verdict({ accountId, ruleId })) ?? expired(settings, command, nowMs)
  }

  return {
    ledger,
    list,
    sessions,
    exchange,
    settings,
    owner: `automation-executor.${settings.instance}`,
    signatureWindowMs: Duration.toMillis(settings.signatureWindow),
    leftBehindAfterMs: Duration.toMillis(settings.leftBehindAfter),
    finish,
    note,
    forbids
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
