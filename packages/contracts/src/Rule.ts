import { Schema } from "effect"
import { AmountSats, Id, MarginMetric, MarginMode, MarketId, PriceUsd, QuantityUsd, Side } from "./Fields.ts"

/** At most `count` actions within `periodMs` of market time; without a period: ever, until the rule's next version. */
export const MaxActions = Schema.Struct({
  count: Schema.Int.check(Schema.isGreaterThan(0)),
  periodMs: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0)))
})
export type MaxActions = typeof MaxActions.Type

/** What every rule has, whatever it watches. */
const common = {
  ruleId: Id,
  accountId: Id,
  enabled: Schema.Boolean,
  /** Everything but the call to the exchange is done. */
  dryRun: Schema.Boolean,
  /** Market time that must pass between two attempts of an episode, in milliseconds. */
  retryAfterMs: Schema.Int,
  /** Market time that must pass after an action before the rule begins another, in milliseconds; absent: none. */
  coolDownMs: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
  /** Absent: no limit; for an auto entry: one, ever. */
  maxActions: Schema.optionalKey(MaxActions),
  /** Age since receipt from which a price is stale, in milliseconds; absent: the worker's setting. */
  freshForMs: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
  /** What a stale price does. Absent: a guard acts (and says so), take profit and stop loss hold. An entry always holds. */
  whenStale: Schema.optionalKey(Schema.Literals(["act", "hold"])),
  version: Schema.Int
}

export const MarginGuardAction = Schema.Literals(["close_position", "reduce_position", "add_margin"])
export type MarginGuardAction = typeof MarginGuardAction.Type

/**
 * How an isolated position is reduced, which the exchange can't do by itself; a cross position always by an opposite order.
 *
 * - `close_trades`: closes whole trades of the same side, the most endangered first, of at most the percentage in all; with
 *   none that fits, nothing can be done and that is said.
 * - `close_trades_at_least`: the same, but of at least the percentage, so a single trade is closed whole.
 * - `hedge`: opens an opposite trade of the percentage of the position, for new margin and fees; the liquidation price stays.
 */
export const ReduceStrategy = Schema.Literals(["close_trades", "close_trades_at_least", "hedge"])
export type ReduceStrategy = typeof ReduceStrategy.Type

/** Protects every active position of an account, or one, when its margin is nearly lost. Writer: control-api. */
export const MarginGuardRule = Schema.TaggedStruct("Rule", {
  ...common,
  kind: Schema.Literal("margin_guard"),
  metric: MarginMetric,
  /** Fires when metric ≥ threshold (for `distance_to_liquidation`: when the distance ≤ threshold). */
  threshold: Schema.Finite,
  action: MarginGuardAction,
  /** Of `reduce_position`: above 0, at most 100. */
  reducePercentage: Schema.optionalKey(Schema.Finite),
  /** Absent: `close_trades`. */
  reduceStrategy: Schema.optionalKey(ReduceStrategy),
  addMarginAmountSats: Schema.optionalKey(AmountSats),
  /** Absent: every position of the account. */
  positionId: Schema.optionalKey(Id)
})
export type MarginGuardRule = typeof MarginGuardRule.Type

/** `cash_in` takes `cashInAmountSats` of profit and margin out of an isolated trade, its quantity stays. */
export const TakeProfitStopLossAction = Schema.Literals(["update_tp", "update_sl", "close_tp", "close_sl", "cash_in"])
export type TakeProfitStopLossAction = typeof TakeProfitStopLossAction.Type

/** Acts on a position's return on margin. Writer: control-api. */
export const TakeProfitStopLossRule = Schema.TaggedStruct("Rule", {
  ...common,
  kind: Schema.Literal("tp_sl"),
  /** P&L in percent of the margin. Above 0: fires at or above it; below 0: at or below it. Never 0. */
  triggerPnlPercentage: Schema.Finite,
  action: TakeProfitStopLossAction,
  /** Price that `update_tp` sets. */
  newTakeProfitUsd: Schema.optionalKey(PriceUsd),
  /** Price that `update_sl` sets. */
  newStopLossUsd: Schema.optionalKey(PriceUsd),
  cashInAmountSats: Schema.optionalKey(AmountSats),
  /** Absent: every position of the account. */
  positionId: Schema.optionalKey(Id)
})
export type TakeProfitStopLossRule = typeof TakeProfitStopLossRule.Type

/** Opens a position when the price is reached. Writer: control-api. */
export const AutoEntryRule = Schema.TaggedStruct("Rule", {
  ...common,
  kind: Schema.Literal("auto_entry"),
  market: MarketId,
  marginMode: MarginMode,
  side: Side,
  quantityUsd: QuantityUsd,
  leverage: Schema.Finite,
  stopLossUsd: Schema.optionalKey(PriceUsd),
  takeProfitUsd: Schema.optionalKey(PriceUsd),
  /** A buy triggers at or below it, a sell at or above it; absent: at once. */
  triggerPriceUsd: Schema.optionalKey(PriceUsd),
  /** The order that is sent once triggered: at the market, or a limit order at the trigger price. */
  triggerType: Schema.Literals(["market", "limit"])
})
export type AutoEntryRule = typeof AutoEntryRule.Type

/** A rule that watches positions. */
export const PositionRule = Schema.Union([MarginGuardRule, TakeProfitStopLossRule])
export type PositionRule = typeof PositionRule.Type

export const Rule = Schema.Union([MarginGuardRule, TakeProfitStopLossRule, AutoEntryRule])
export type Rule = typeof Rule.Type

export const RuleKind = Schema.Literals(["margin_guard", "tp_sl", "auto_entry"])
export type RuleKind = typeof RuleKind.Type
