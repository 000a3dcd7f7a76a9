import type { TradeOutcome } from "@millrace/contracts"
import type { CredentialsFailure } from "@millrace/store"
import { wallClockMs } from "@millrace/telemetry"
import { Effect, Result } from "effect"
import { type CommandContext, intentOf } from "./CommandContext.ts"
import type { CommandHeld } from "./CommandHeld.ts"
import { type CommandTools, hold } from "./CommandTools.ts"
import { capReason, type Execution, executeOrder, refuseOrder } from "./executeOrder.ts"
import type { OutcomeReason } from "./OutcomeReason.ts"
import { type EndedOrder, joinOutcomes, outcomeOf } from "./outcomeOf.ts"
import { type PlannedOrder, plannedOrders } from "./plannedOrders.ts"
import { recallMargin } from "./recallMargin.ts"

type Failure = CommandHeld | CredentialsFailure

/**
 * Carries all orders of a validated command out and joins their outcomes. A crash between two of them goes on with the one
 * that was next; an order that is held does not hold the others of a reduction up, and none is repeated for another.
 */
export const executeCommand = Effect.fnUntraced(function* (
  tools: CommandTools,
  execution: Execution
): Effect.fn.Return<TradeOutcome, Failure> {
  const capped = yield* cappedChain(tools, execution)
  return capped === undefined
    ? yield* endAll(tools, execution.context, (order, context) => executeOrder(tools, { ...execution, context }, order))
    : yield* refuseCommand(tools, execution.context, capped)
})

/** The cap that the last order of a chain would exceed: asked before the first one moves anything for it. */
const cappedChain = Effect.fnUntraced(function* (tools: CommandTools, { caps, context }: Execution) {
  const { join, orders } = plannedOrders(context)
  const last = orders.at(-1)
  if (join !== "chain" || last === undefined) return undefined
  const intent = intentOf(context, last, caps)
  const capped = yield* hold(last.intentId, tools.ledger.exceeds(intent, yield* wallClockMs))
  return capped === undefined ? undefined : yield* capReason(context, capped)
})

/** Ends a command that may not act; orders of it that were sent before are settled, so that the outcome tells the truth. */
export const refuseCommand = (
  tools: CommandTools,
  context: CommandContext,
  reason: OutcomeReason
): Effect.Effect<TradeOutcome, Failure> =>
  endAll(tools, context, (order, planned) => refuseOrder(tools, planned, order, reason), reason)

const endAll = Effect.fnUntraced(function* (
  tools: CommandTools,
  given: CommandContext,
  end: (order: PlannedOrder, context: CommandContext) => Effect.Effect<TradeOutcome, Failure>,
  ifNone: OutcomeReason = "reduce_unsupported_for_isolated_trade"
): Effect.fn.Return<TradeOutcome, Failure> {
  let context = given
  const { join, orders: planned } = plannedOrders(context)
  let orders = planned
  const ended: Array<EndedOrder> = []
  let held: Failure | undefined
  for (let next = 0; next < orders.length; next++) {
    const order = orders[next]!
    const result = yield* Effect.result(end(order, context))
    if (Result.isFailure(result)) {
      held ??= result.failure
      // What is down is down for all; a single order's trouble is not the others'.
      if (join !== "each" || isSystem(result.failure)) break
    } else {
      ended.push({ order, outcome: result.success })
      if (join === "chain") {
        if (result.success.status !== "completed") break
        // Another executor may have planned it with what it saw: what its first order was written with holds.
        context = yield* recallMargin(tools, context)
        orders = plannedOrders(context).orders
      }
    }
  }
  if (held !== undefined) return yield* held
  const [first, ...others] = ended
  return first === undefined
    ? outcomeOf(context, { reason: ifNone }, yield* wallClockMs)
    : joinOutcomes(context, join, [first, ...others])
})

const isSystem = (failure: Failure): boolean => failure.kind === "system"
