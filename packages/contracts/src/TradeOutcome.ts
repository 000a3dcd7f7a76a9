import { Schema } from "effect"
import { CommandAction } from "./AutomationCommand.ts"
import { AmountSats, EpochMs, Id, PriceUsd, QuantityUsd, Sats } from "./Fields.ts"
import { RuleKind } from "./Rule.ts"

export const OutcomeStatus = Schema.Literals(["completed", "pending", "refused", "failed", "unknown"])
export type OutcomeStatus = typeof OutcomeStatus.Type

/** Wall times of a command's way, in milliseconds with a fraction; a step that was not reached is absent. */
export const CommandTiming = Schema.Struct({
  tickReceivedAtMs: EpochMs,
  decidedAtMs: EpochMs,
  commandReceivedAtMs: Schema.optionalKey(EpochMs),
  /** The intent is durable in PostgreSQL. */
  intentCommittedAtMs: Schema.optionalKey(EpochMs),
  sentAtMs: Schema.optionalKey(EpochMs),
  repliedAtMs: Schema.optionalKey(EpochMs)
})
export type CommandTiming = typeof CommandTiming.Type

/** The position as the exchange's answer showed it after the effect; market-data turns it into `account-state`. */
export const PositionAfter = Schema.Struct({
  open: Schema.Boolean,
  marginSats: AmountSats,
  maintenanceMarginSats: AmountSats,
  leverage: Schema.Finite,
  entryPriceUsd: PriceUsd,
  liquidationPriceUsd: PriceUsd,
  exitPriceUsd: Schema.optionalKey(PriceUsd),
  stopLossUsd: Schema.optionalKey(PriceUsd),
  takeProfitUsd: Schema.optionalKey(PriceUsd),
  /** Absent: unchanged. */
  quantityUsd: Schema.optionalKey(QuantityUsd),
  closedAtMs: Schema.optionalKey(EpochMs)
})
export type PositionAfter = typeof PositionAfter.Type

/** One of several effects of a command: a trade that a reduction closed. */
export const OutcomePart = Schema.Struct({
  positionId: Id,
  quantityUsd: QuantityUsd,
  status: OutcomeStatus,
  reason: Schema.String
})
export type OutcomePart = typeof OutcomePart.Type

/** The outcome of a command. Topic `trade-log`, key: account id. Writer: automation-executor. */
export const TradeOutcome = Schema.Struct({
  commandId: Schema.String,
  accountId: Id,
  accountName: Schema.String,
  ruleId: Id,
  /** Absent: `margin_guard`. */
  ruleKind: Schema.optionalKey(RuleKind),
  /** Absent: an entry. */
  positionId: Schema.optionalKey(Id),
  action: CommandAction,
  attempt: Schema.Int,
  status: OutcomeStatus,
  /** One word for programs: `done`, `dry_run`, `position_liquidated`, `position_closed`, `reply_lost`, … */
  reason: Schema.String,
  /** The exchange's trade or order id of the effect. */
  effectId: Schema.optionalKey(Schema.String),
  marketTimeMs: EpochMs,
  priceUsd: PriceUsd,
  /** Absent: an entry. */
  marginLoss: Schema.optionalKey(Schema.Finite),
  returnOnMarginPercent: Schema.optionalKey(Schema.Finite),
  pnlSats: Schema.optionalKey(Sats),
  addedMarginSats: Schema.optionalKey(AmountSats),
  /** What `reduce_position` really took off the exposure (a hedge: what it set against it). */
  reducedQuantityUsd: Schema.optionalKey(Schema.Int),
  parts: Schema.optionalKey(Schema.Array(OutcomePart)),
  /** Whether it is still to come, and until when it waits: of `pending`. */
  retryAtMs: Schema.optionalKey(EpochMs),
  after: Schema.optionalKey(PositionAfter),
  timing: CommandTiming,
  finishedAtMs: EpochMs
})
export type TradeOutcome = typeof TradeOutcome.Type
