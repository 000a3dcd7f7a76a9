import { AutomationCommand } from "@millrace/contracts"
import type { NewIntent } from "@millrace/store"
import { Schema } from "effect"

/**
 * A command with what its outcome needs to say, kept as the intent's request: a later reconciler has no other source.
 */
export const CommandContext = Schema.Struct({
  command: AutomationCommand,
  workspaceId: Schema.String,
  /** Absent: the account is not known here, so there is nobody to notify. */
  userId: Schema.optionalKey(Schema.String),
  accountName: Schema.String,
  /** Wall time of the fetch that brought the command. */
  receivedAtMs: Schema.Finite,
  /** The position's margin before the effect: what tells whether margin was added. */
  marginBeforeSats: Schema.optionalKey(Schema.Int)
})
export type CommandContext = typeof CommandContext.Type

export const decodeContext = Schema.decodeUnknownEffect(CommandContext)

/** A second close of one trade changes nothing, a second margin payment does. */
export const intentOf = (context: CommandContext): NewIntent => ({
  intentId: context.command.commandId,
  workspaceId: context.workspaceId,
  accountId: context.command.accountId,
  ruleId: context.command.ruleId,
  positionId: context.command.positionId,
  action: context.command.action._tag,
  positionRevision: context.command.positionRevision,
  repeatable: context.command.action._tag === "close_position",
  request: context
})
