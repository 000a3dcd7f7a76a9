import { Schema } from "effect"

/** Identifier of an account, rule, position, user or workspace: unique everywhere, safe in keys and URLs (no `/`). */
export const Id = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/u))

/** A market of the exchange, for example `btc_usd`. */
export const MarketId = Schema.String.check(Schema.isPattern(/^[a-z0-9_]{1,32}$/u))

/** A price in USD, as received: a positive finite decimal. */
export const PriceUsd = Schema.Finite.check(Schema.isGreaterThan(0))

/** An amount in satoshis; negative where money flows out. */
export const Sats = Schema.Int

/** An amount in satoshis that can't be negative. */
export const AmountSats = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** Milliseconds since the epoch; wall times may carry a fraction. */
export const EpochMs = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

/** Buy opens a long position, sell a short one. */
export const Side = Schema.Literals(["buy", "sell"])
export type Side = typeof Side.Type

/** Contracts in USD, whole and positive. */
export const QuantityUsd = Schema.Int.check(Schema.isGreaterThan(0))

/** What a rule's threshold is compared with (facts: margin 0 at entry and 1 at liquidation is `margin_loss`). */
export const MarginMetric = Schema.Literals(["margin_loss", "exchange_margin_ratio", "distance_to_liquidation"])
export type MarginMetric = typeof MarginMetric.Type

/** What a fired rule's threshold was compared with: a margin metric, or the P&L in percent of the margin. */
export const RuleMetric = Schema.Union([MarginMetric, Schema.Literal("return_on_margin")])
export type RuleMetric = typeof RuleMetric.Type

/** How the margin of a position stands apart from, or together with, the account's others. */
export const MarginMode = Schema.Literals(["isolated", "cross"])
export type MarginMode = typeof MarginMode.Type

/** The figures of one position at one price; alerts show all three metrics. */
export const MarginFigures = Schema.Struct({
  /** −P&L over the margin that can be lost: 0 at entry, 1 at liquidation. */
  marginLoss: Schema.Finite,
  /** Maintenance margin over equity, the exchange's own ratio; 1 means liquidated. */
  exchangeMarginRatio: Schema.Finite,
  /** Share of the price that is left to the liquidation price. */
  distanceToLiquidation: Schema.Finite,
  /** P&L in satoshis, rounded by the one rounding function. */
  pnlSats: Sats,
  /** P&L in percent of the position's margin: 0 at entry, −100 when all of it is lost. */
  returnOnMarginPercent: Schema.optionalKey(Schema.Finite)
})
export type MarginFigures = typeof MarginFigures.Type
