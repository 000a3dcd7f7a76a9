import { AutomationCommand, accountState, deterministicId } from "@millrace/contracts"
import { History } from "@millrace/history"
import type { ListedCommand, OperatorCommand } from "@millrace/store"
import { Clock, Effect, Schema, Stream } from "effect"
import { deskRefused } from "./DeskRefused.ts"

const decodeCommand = Schema.decodeUnknownEffect(AutomationCommand)

/**
 * The command that repeats a listed one: the same action, under an id of its own that is the same each time, on the position
 * as it is now. Refused where it is still under way or unknown, and where its position is gone.
 */
export const repeatedCommand = Effect.fnUntraced(function* (entry: ListedCommand, actor: string) {
  const { commandId, status } = entry
  if (status === "pending")
    return yield* deskRefused(
      `Command ${commandId} still waits to be sent (${entry.reason}) and goes out by itself. Cancel it to end that.`
    )
  if (status === "unknown")
    return yield* deskRefused(
      `It is not known what command ${commandId} did, so it must not be sent again. Look at the exchange, then \`millrace commands settle ${commandId} applied|not-applied\`.`
    )
  const command = yield* Effect.catch(decodeCommand(entry.command), (issue) =>
    deskRefused(`Command ${commandId} was written by another version: ${issue.message}`)
  )
  const positionRevision = yield* presentRevision(command)
  const repeated: OperatorCommand = {
    ...command,
    commandId: deterministicId("operator", commandId),
    positionRevision,
    operator: { actor, commandId, atMs: yield* Clock.currentTimeMillis }
  }
  return repeated
})

/** Revision of the position as account-state has it now; 0 for an entry. */
const presentRevision = Effect.fnUntraced(function* ({ accountId, commandId, positionId }: AutomationCommand) {
  if (positionId === undefined) return 0
  const { records } = yield* History
  const found = yield* Stream.runFold(
    records(accountState, { partitionKey: accountId, ofKey: (key) => key === `position/${accountId}/${positionId}` }),
    (): number | undefined => undefined,
    (_, { value }) => (value?._tag === "Position" && value.status === "open" ? value.revision : undefined)
  )
  return (
    found ??
    (yield* deskRefused(`Position ${positionId} of command ${commandId} has ended: there is nothing left to do.`))
  )
})
