import { Effect } from "effect"
import { type CommandContext, decodeContext } from "./CommandContext.ts"
import { CommandHeld } from "./CommandHeld.ts"
import { type CommandTools, hold } from "./CommandTools.ts"
import { leverageIntentId } from "./plannedOrders.ts"

/**
 * Returns the context of an entry on cross margin with what an earlier delivery planned to pay in, from the intent of its
 * first order; other commands as they are. So a command that comes again pays the same or nothing, whatever the position
 * shows by then, and one that is refused meanwhile tells what was paid.
 */
export const recallMargin = Effect.fnUntraced(function* (
  tools: CommandTools,
  context: CommandContext
): Effect.fn.Return<CommandContext, CommandHeld> {
  const { action, commandId } = context.command
  if (action._tag !== "open_position" || action.marginMode !== "cross") return context
  const first = yield* hold(commandId, tools.ledger.find(leverageIntentId(commandId)))
  if (first === undefined) return context
  const { crossMarginSats = 0 } = yield* Effect.mapError(
    decodeContext(first.request),
    ({ message }) => new CommandHeld({ commandId, kind: "system", reason: "intent_unreadable", detail: message })
  )
  return { ...context, crossMarginSats }
})
