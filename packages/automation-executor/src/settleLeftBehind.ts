import type { TradeOutcome } from "@millrace/contracts"
import type { Intent } from "@millrace/store"
import { wallClockMs } from "@millrace/telemetry"
import { Effect } from "effect"
import type { CommandContext } from "./CommandContext.ts"
import type { CommandNews } from "./CommandNews.ts"
import { type CommandTools, hold, recorded } from "./CommandTools.ts"
import { refuseOrder } from "./executeOrder.ts"
import { type EndedOrder, joinOutcomes } from "./outcomeOf.ts"
import { plannedOrders } from "./plannedOrders.ts"
import { type IfNotApplied, orderOf, reconcile } from "./reconcile.ts"

/** Intents read back in one pass. */
const passSize = 200

/**
 * Reads back what was left without a known result, and returns the records that tell of what is settled now.
 *
 * Sends nothing, and gives nothing up that still stands: a command without a recorded outcome is not committed either, so it is
 * delivered again and its handler decides. What it held is free meanwhile, as another lane's command may come first. Left behind is what an operator has settled, what is older than the
 * setting, and before `startedAtMs` whatever this instance had sent under its name.
 */
export const settleLeftBehind = Effect.fn("Executor.settleLeftBehind")(function* (
  tools: CommandTools,
  news: CommandNews,
  startedAtMs: number
) {
  const intents = yield* tools.ledger.unfinished(passSize)
  const nowMs = yield* wallClockMs
  const isLeftBehind = (intent: Intent) => {
    const sentAtMs = intent.signedAtMs ?? 0
    const isOld = nowMs - sentAtMs > tools.leftBehindAfterMs
    return intent.operator !== undefined || isOld || (intent.owner === tools.owner && sentAtMs < startedAtMs)
  }
  const reports = yield* Effect.forEach(intents.filter(isLeftBehind), (intent) => settleOne(tools, news, intent), {
    concurrency: 4
  })
  return reports.flat()
})

const settleOne = (tools: CommandTools, news: CommandNews, intent: Intent) =>
  Effect.gen(function* () {
    const { context } = yield* orderOf(intent)
    const ifNotApplied: IfNotApplied = hasOutcome(intent)
      ? { _tag: "GiveUp", reason: "not_applied_in_time" }
      : { _tag: "Release" }
    const settled = yield* tools.sessions.use(intent.accountId, (session) =>
      reconcile(tools, session, intent, ifNotApplied)
    )
    if (!isNews(intent, settled.reason)) return []
    const outcome = yield* outcomeOfCommand(tools, context, intent, settled)
    return outcome === undefined ? [] : yield* news.ended(context, outcome)
  }).pipe(
    Effect.catchIf(
      (error) => error._tag === "CommandHeld" && error.reason === "delivered_again",
      () => Effect.succeed([])
    ),
    Effect.catch((error) =>
      Effect.logWarning(`Intent ${intent.intentId} stays unsettled: ${error.message}`).pipe(
        Effect.annotateLogs({ commandId: intent.intentId, accountId: intent.accountId, state: intent.state }),
        Effect.as([])
      )
    )
  )

/** What was already told as unknown for the same reason is not told again. */
const isNews = (intent: Intent, reason: string): boolean => intent.state !== "unknown" || intent.reason !== reason

/** An unknown result that was recorded as the outcome; without one it was noted by a handler that has not ended. */
const hasOutcome = ({ outcome }: Intent): boolean => outcome !== undefined && outcome !== null

/**
 * The outcome of the whole command after one of its orders was settled; `undefined`: its handler tells of it. A command that
 * was told as unknown has no handler any more; what was not sent for it by then never is.
 */
const outcomeOfCommand = Effect.fnUntraced(function* (
  tools: CommandTools,
  context: CommandContext,
  settledIntent: Intent,
  settled: TradeOutcome
) {
  const { join, orders } = plannedOrders(context)
  if (join === "one") return settled
  const { commandId } = context.command
  const listed = yield* hold(commandId, tools.list.find(commandId))
  const wasTold = hasOutcome(settledIntent) && listed?.status === "unknown"
  const ended: Array<EndedOrder> = []
  for (const order of orders) {
    const { intentId } = order
    if (intentId === settledIntent.intentId) ended.push({ order, outcome: settled })
    else {
      const intent = yield* hold(intentId, tools.ledger.find(intentId))
      const isEnded =
        intent !== undefined && (intent.state === "succeeded" || intent.state === "refused" || hasOutcome(intent))
      if (isEnded) ended.push({ order, outcome: yield* recorded(intentId, intent) })
      else if (intent !== undefined || !wasTold) return undefined
      else ended.push({ order, outcome: yield* refuseOrder(tools, context, order, "not_sent") })
    }
  }
  const [first, ...others] = ended
  return first === undefined ? undefined : joinOutcomes(context, join, [first, ...others])
})
