import type { Intent } from "@millrace/store"
import { wallClockMs } from "@millrace/telemetry"
import { Effect } from "effect"
import { decodeContext } from "./CommandContext.ts"
import type { CommandTools } from "./CommandTools.ts"
import { reconcile } from "./reconcile.ts"
import { reportOutcome } from "./reportOutcome.ts"

/** Intents read back in one pass. */
const passSize = 200

/**
 * Reads back what was left without a known result, and returns the records that tell of what is settled now.
 *
 * Sends nothing: a command that still stands is delivered again and sent by its handler. Left behind is what is older
 * than the setting, and before `startedAtMs` whatever this instance had sent under its name.
 */
export const settleLeftBehind = Effect.fn("Executor.settleLeftBehind")(function* (
  tools: CommandTools,
  startedAtMs: number
) {
  const intents = yield* tools.ledger.unfinished(passSize)
  const nowMs = yield* wallClockMs
  const isLeftBehind = (intent: Intent) => {
    const sentAtMs = intent.signedAtMs ?? 0
    return nowMs - sentAtMs > tools.leftBehindAfterMs || (intent.owner === tools.owner && sentAtMs < startedAtMs)
  }
  const reports = yield* Effect.forEach(intents.filter(isLeftBehind), (intent) => settleOne(tools, intent), {
    concurrency: 4
  })
  return reports.flat()
})

const settleOne = (tools: CommandTools, intent: Intent) =>
  Effect.gen(function* () {
    const context = yield* decodeContext(intent.request)
    const outcome = yield* tools.sessions.use(intent.accountId, (session) =>
      reconcile(tools, session, intent, { _tag: "GiveUp", reason: "not_applied_in_time" })
    )
    return isNews(intent, outcome.reason) ? reportOutcome(context, outcome) : []
  }).pipe(
    Effect.catch((error) =>
      Effect.logWarning(`Intent ${intent.intentId} stays unsettled: ${error.message}`).pipe(
        Effect.annotateLogs({ commandId: intent.intentId, accountId: intent.accountId, state: intent.state }),
        Effect.as([])
      )
    )
  )

/** What was already told as unknown for the same reason is not told again. */
const isNews = (intent: Intent, reason: string): boolean => intent.state !== "unknown" || intent.reason !== reason
