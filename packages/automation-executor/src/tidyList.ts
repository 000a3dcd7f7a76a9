import { AutomationCommand } from "@millrace/contracts"
import { wallClockMs } from "@millrace/telemetry"
import { Duration, Effect, Schema } from "effect"
import type { CommandNews } from "./CommandNews.ts"
import type { CommandTools } from "./CommandTools.ts"
import { plannedOrders } from "./plannedOrders.ts"

/** Listed commands looked at in one pass. */
const passSize = 200

const decodeCommand = Schema.decodeUnknownEffect(AutomationCommand)

/**
 * Takes off the list what an instance that died had listed as waiting and another one carried out, and what was refused
 * long ago.
 */
export const tidyList = Effect.fn("Executor.tidyList")(function* (tools: CommandTools, news: CommandNews) {
  const nowMs = yield* wallClockMs
  yield* tools.list.forget(nowMs - Duration.toMillis(tools.settings.listedFor))
  const waiting = yield* tools.list.list({ status: "pending", limit: passSize })
  const left = waiting.filter(
    ({ commandId, updatedAtMs }) => nowMs - updatedAtMs > tools.leftBehindAfterMs && !news.knows(commandId)
  )
  for (const listed of left) {
    const { orders } = plannedOrders({ command: yield* decodeCommand(listed.command) })
    const states = yield* Effect.forEach(orders, ({ intentId }) =>
      Effect.map(tools.ledger.find(intentId), (intent) => intent?.state)
    )
    if (states.length > 0 && states.every((state) => state === "succeeded")) yield* tools.list.remove(listed.commandId)
  }
})
