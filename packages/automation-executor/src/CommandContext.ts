import { type AccountCaps, AutomationCommand, QuantityUsd, Side } from "@millrace/contracts"
import type { NewIntent } from "@millrace/store"
import { Schema } from "effect"
import type { PlannedOrder } from "./plannedOrders.ts"

/** The position before the effect, as far as a read-back compares with it. */
export const FiguresBefore = Schema.Struct({
  side: Schema.optionalKey(Side),
  quantityUsd: Schema.optionalKey(QuantityUsd),
  entryPriceUsd: Schema.optionalKey(Schema.Finite),
  cashedInSats: Schema.optionalKey(Schema.Int)
})
export type FiguresBefore = typeof FiguresBefore.Type

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
  marginBeforeSats: Schema.optionalKey(Schema.Int),
  before: Schema.optionalKey(FiguresBefore),
  /** What an entry on cross margin pays into the margin first, in satoshis; 0: nothing. Fixed before its first order. */
  crossMarginSats: Schema.optionalKey(Schema.Int)
})
export type CommandContext = typeof CommandContext.Type

export const decodeContext = Schema.decodeUnknownEffect(CommandContext)

/** The intent of one of the command's orders; what closes has no exposure, so that no cap is asked. */
export const intentOf = (context: CommandContext, order: PlannedOrder, caps: AccountCaps): NewIntent => ({
  intentId: order.intentId,
  workspaceId: context.workspaceId,
  accountId: context.command.accountId,
  ruleId: context.command.ruleId,
  positionId: order.positionId,
  ...(order.lock === undefined ? {} : { lock: order.lock }),
  action: context.command.action._tag,
  positionRevision: order.positionRevision,
  repeatable: order.action.repeatable,
  request: context,
  ...(order.opensQuantityUsd > 0 || order.addsMarginSats > 0
    ? { exposure: { quantityUsd: order.opensQuantityUsd, marginSats: order.addsMarginSats, caps } }
    : {})
})
