import {
  Account,
  Id,
  MarginFigures,
  MarginLevel,
  MarketId,
  Position,
  Rule,
  RuleKind,
  TradingMode,
  TradingSwitch
} from "@millrace/contracts/schemas"
import { Schema } from "effect"

/** Where a rule begins to act on a position, or an entry to open one. */
export const TriggerInfo = Schema.Struct({
  ruleId: Id,
  kind: RuleKind,
  action: Schema.String,
  /** From this price on, in this direction; absent: no price reaches it. */
  priceUsd: Schema.optionalKey(Schema.Finite),
  direction: Schema.Literals(["falls", "rises"]),
  /** Share of the present price that it has to move until then; 0 or less: it is reached. Absent: no price, or no trigger. */
  distance: Schema.optionalKey(Schema.Finite),
  enabled: Schema.Boolean,
  dryRun: Schema.Boolean
})
export type TriggerInfo = typeof TriggerInfo.Type

/** A position with its figures at the last price. */
export const PositionInfo = Schema.Struct({
  position: Position,
  accountName: Schema.String,
  /** Absent: no price has come yet. */
  priceUsd: Schema.optionalKey(Schema.Finite),
  figures: Schema.optionalKey(MarginFigures),
  level: MarginLevel,
  /** Nearest first. */
  triggers: Schema.Array(TriggerInfo),
  /** Distance of the nearest trigger of a rule that is enabled. */
  nearest: Schema.optionalKey(Schema.Finite)
})
export type PositionInfo = typeof PositionInfo.Type

/** An account as a list shows it. */
export const AccountInfo = Schema.Struct({
  account: Account,
  /** The strictest switch that covers it. */
  mode: TradingMode,
  positions: Schema.Int,
  rules: Schema.Int,
  pnlSats: Schema.Finite,
  nearest: Schema.optionalKey(Schema.Finite)
})
export type AccountInfo = typeof AccountInfo.Type

/** A rule with the strictest switch that covers it; the trigger price of an entry. */
export const RuleInfo = Schema.Struct({ rule: Rule, mode: TradingMode, trigger: Schema.optionalKey(TriggerInfo) })
export type RuleInfo = typeof RuleInfo.Type

/** All of an account that its page shows. */
export const AccountDetails = Schema.Struct({
  ...AccountInfo.fields,
  open: Schema.Array(PositionInfo),
  ruleList: Schema.Array(RuleInfo),
  /** Switches that cover it, or one of its rules. */
  switches: Schema.Array(TradingSwitch)
})
export type AccountDetails = typeof AccountDetails.Type

/** The prices of a market: the last one, and what it was before, the oldest first. */
export const Prices = Schema.Struct({
  market: MarketId,
  priceUsd: Schema.optionalKey(Schema.Finite),
  marketTimeMs: Schema.optionalKey(Schema.Finite),
  receivedAtMs: Schema.optionalKey(Schema.Finite),
  points: Schema.Array(Schema.Tuple([Schema.Finite, Schema.Finite]))
})
export type Prices = typeof Prices.Type
