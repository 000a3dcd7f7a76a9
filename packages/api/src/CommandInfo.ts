import { AutomationCommand } from "@millrace/contracts/schemas"
import { Schema } from "effect"

export const CommandStatus = Schema.Literals(["pending", "unknown", "refused", "failed"])
export type CommandStatus = typeof CommandStatus.Type

/** A command that somebody may have to look after. */
export const CommandInfo = Schema.Struct({
  commandId: Schema.String,
  accountId: Schema.String,
  /** Absent: the account is gone. */
  accountName: Schema.optionalKey(Schema.String),
  ruleId: Schema.String,
  /** Absent: an entry. */
  positionId: Schema.optionalKey(Schema.String),
  action: Schema.String,
  status: CommandStatus,
  reason: Schema.String,
  /** What it waits for, or why it ended, in words and with the figures. */
  detail: Schema.String,
  /** What can be done by hand; empty: nothing is left to do. */
  byHand: Schema.String,
  retryAtMs: Schema.optionalKey(Schema.Finite),
  sinceMs: Schema.Finite
})
export type CommandInfo = typeof CommandInfo.Type

/** How many commands of the workspace there are of each status. */
export const CommandCounts = Schema.Struct({
  pending: Schema.Int,
  unknown: Schema.Int,
  refused: Schema.Int,
  failed: Schema.Int
})
export type CommandCounts = typeof CommandCounts.Type

/** An order of a command, as the ledger knows it. */
export const OrderInfo = Schema.Struct({
  intentId: Schema.String,
  action: Schema.String,
  state: Schema.String,
  /** How often it was sent. */
  sends: Schema.Int,
  /** Wall time of its signature; absent: never signed. */
  signedAtMs: Schema.optionalKey(Schema.Finite),
  reason: Schema.optionalKey(Schema.String),
  /** The trade or order at the exchange. */
  effectId: Schema.optionalKey(Schema.String),
  /** What an operator said of it. */
  verdict: Schema.optionalKey(Schema.String),
  verdictBy: Schema.optionalKey(Schema.String),
  verdictAtMs: Schema.optionalKey(Schema.Finite),
  verdictReason: Schema.optionalKey(Schema.String)
})
export type OrderInfo = typeof OrderInfo.Type

/** A command with all that is known of it. */
export const CommandDetails = Schema.Struct({
  command: CommandInfo,
  /** As it was decided, with its figures; absent: another version has written it. */
  decided: Schema.optionalKey(AutomationCommand),
  orders: Schema.Array(OrderInfo)
})
export type CommandDetails = typeof CommandDetails.Type
