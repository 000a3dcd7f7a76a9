import { type CommandInfo, Conflict, NotFound, type OrderInfo } from "@millrace/api"
import { AutomationCommand } from "@millrace/contracts"
import type { DeskRefused } from "@millrace/desk"
import type { Intent, ListedCommand } from "@millrace/store"
import { Effect, Option, Schema } from "effect"

/** A command as lists show it. */
export const commandInfo = (
  { command: _, positionId, retryAtMs, updatedAtMs, workspaceId, ...rest }: ListedCommand,
  accountName: string | undefined
): CommandInfo => ({
  ...rest,
  ...(accountName === undefined ? {} : { accountName }),
  ...(positionId === undefined ? {} : { positionId }),
  ...(retryAtMs === undefined ? {} : { retryAtMs })
})

const decodeCommand = Schema.decodeUnknownOption(AutomationCommand)

/** The command as it was decided, where this version can read it. */
export const decidedOf = ({ command }: ListedCommand) =>
  Option.match(decodeCommand(command), { onNone: () => ({}), onSome: (decided) => ({ decided }) })

/** An order as the ledger knows it, with what an operator said of it. */
export const orderInfo = ({
  action,
  effectId,
  intentId,
  operator,
  reason,
  sends,
  signedAtMs,
  state
}: Intent): OrderInfo => ({
  intentId,
  action,
  state,
  sends,
  ...(signedAtMs === undefined ? {} : { signedAtMs }),
  ...(reason === undefined ? {} : { reason }),
  ...(effectId === undefined ? {} : { effectId }),
  ...(operator === undefined
    ? {}
    : {
        verdict: operator.verdict,
        verdictBy: operator.actor,
        verdictAtMs: operator.atMs,
        ...(operator.reason === undefined ? {} : { verdictReason: operator.reason })
      })
})

export const notListed = (commandId: string) =>
  Effect.fail(
    new NotFound({
      where: `command ${commandId}`,
      found: "none listed in this workspace",
      expected: "one that waits, is unknown, or was refused",
      whatToDo: "It was carried out, or was never held, refused or lost. List those that are."
    })
  )

export const plainConflict = (id: string, found: string) =>
  Effect.fail(
    new Conflict({
      where: `command ${id}`,
      found,
      expected: "something that allows it",
      whatToDo: "Nothing was changed. Look at the command again."
    })
  )

export const deskConflict = (commandId: string, { reason }: DeskRefused) => plainConflict(commandId, reason)

export const ended = (commandId: string, status: string, reason: string) =>
  plainConflict(
    commandId,
    status === "unknown"
      ? "it was sent and can't be withdrawn; look at the exchange, then settle it"
      : `it has ended (${status}, ${reason}): nothing of it is sent any more`
  )

export const effectOfNothing = new Conflict({
  where: "payload.effectId",
  found: "an effect of an order that was not applied",
  expected: "nothing",
  whatToDo: "Leave effectId out, or say applied."
})
