import { type Intent, IntentLedger } from "@millrace/store"
import { Effect } from "effect"
import { deskRefused } from "./DeskRefused.ts"

/** Unfinished intents looked at to find those of a command of several orders. */
const mostUnfinished = 10_000

/** The intents of a command: its own, and those of a reduction's trades that are not settled. */
export const intentsOf = Effect.fnUntraced(function* (commandId: string) {
  const ledger = yield* IntentLedger
  const own = yield* ledger.find(commandId)
  const parts = (yield* ledger.unfinished(mostUnfinished)).filter(({ intentId }) =>
    intentId.startsWith(`${commandId}.`)
  )
  return own === undefined ? parts : [own, ...parts]
})

/** The one order that is meant, whose result is not known. */
export const unknownIntent = Effect.fnUntraced(function* (id: string) {
  const intents = yield* intentsOf(id)
  const unknown = intents.filter(({ state }) => state === "unknown")
  if (unknown.length === 1) return unknown[0] as Intent
  if (unknown.length > 1)
    return yield* deskRefused(
      `Several orders of command ${id} are unknown; settle each by its own id: ${unknown.map(({ intentId }) => intentId).join(", ")}.`
    )
  return yield* deskRefused(stateText(id, intents[0]?.state))
})

/** Why an order in this state is not to be settled. */
export const stateText = (id: string, state: Intent["state"] | undefined): string => {
  if (state === undefined) return `The ledger knows no order ${id}.`
  return state === "sent"
    ? `Order ${id} is under way: the executor reads back what it did. Settle it only once it is unknown.`
    : `Order ${id} is ${state}, which is known for certain: there is nothing to settle.`
}
