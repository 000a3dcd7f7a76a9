import { Effect } from "effect"
import { CommandHeld, heldBy } from "./CommandHeld.ts"
import { type CommandTools, hold } from "./CommandTools.ts"
import type { PlannedOrder } from "./plannedOrders.ts"

/** How long, in milliseconds, the exchange still takes a request of that signature; measured on its clock. */
export const windowLeftMs = Effect.fnUntraced(function* (tools: CommandTools, intentId: string, signedAtMs: number) {
  const nowMs = yield* tools.exchange.serverTimeMs.pipe(Effect.mapError((error) => heldBy(intentId, error)))
  return Math.min(signedAtMs + tools.signatureWindowMs + 1 - nowMs, tools.signatureWindowMs)
})

/**
 * Passes once no copy of an earlier close can come and close what this order opens.
 *
 * Ask it with the intent granted: while it holds the lock, no other close goes out. It gives the grant back when it fails.
 */
export const awaitLateCloses = Effect.fnUntraced(function* (
  tools: CommandTools,
  accountId: string,
  { intentId, lock, opensBehindCloses }: PlannedOrder,
  fence: number
) {
  if (opensBehindCloses !== true || lock === undefined) return
  const leftMs = yield* Effect.gen(function* () {
    const signedAtMs = yield* hold(intentId, tools.ledger.lastUncertainClose(accountId, lock))
    return signedAtMs === undefined ? 0 : yield* windowLeftMs(tools, intentId, signedAtMs)
  }).pipe(Effect.tapError(() => Effect.ignore(tools.note(intentId, fence, "not_applied", "late_close"))))
  if (leftMs <= 0) return
  yield* tools.note(intentId, fence, "not_applied", "late_close")
  return yield* new CommandHeld({
    commandId: intentId,
    kind: "temporary",
    reason: "late_close",
    detail: "a copy of an earlier close of the account's cross position could still come",
    retryAfterMs: leftMs
  })
})
