import type { AccountSession } from "@millrace/exchange"
import { Effect } from "effect"
import type { CommandContext } from "./CommandContext.ts"
import { CommandHeld, heldBy } from "./CommandHeld.ts"
import type { CommandTools } from "./CommandTools.ts"
import type { ReadBack } from "./OrderAction.ts"
import type { PlannedOrder } from "./plannedOrders.ts"

/** Looks at the exchange for what became of an order. Held while the exchange or the ledger does not answer. */
export const readBack = (
  { ledger }: CommandTools,
  { before, command, marginBeforeSats }: CommandContext,
  { action, intentId }: PlannedOrder,
  session: AccountSession
): Effect.Effect<ReadBack, CommandHeld> => {
  const facts = {
    marketTimeMs: command.marketTimeMs,
    ...(before === undefined ? {} : { before }),
    ...(marginBeforeSats === undefined ? {} : { marginBeforeSats })
  }
  const known = (effectIds: ReadonlyArray<string>) => ledger.knownEffects(command.accountId, intentId, effectIds)
  return Effect.mapError(action.readBack(session, facts, known), (error) =>
    error._tag === "StoreError"
      ? new CommandHeld({
          commandId: intentId,
          kind: "system",
          reason: "store_unavailable",
          detail: error.message
        })
      : heldBy(intentId, error)
  )
}
