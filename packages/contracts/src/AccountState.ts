import { Schema } from "effect"
import { AmountSats, EpochMs, Id, MarginMetric, MarketId, PriceUsd, QuantityUsd, Sats, Side } from "./Fields.ts"

/** An exchange account as the workers see it; its credentials stay in PostgreSQL. Writer: control-api. */
export const Account = Schema.TaggedStruct("Account", {
  accountId: Id,
  workspaceId: Id,
  userId: Id,
  name: Schema.String,
  active: Schema.Boolean,
  network: Schema.Literals(["simulator", "testnet", "mainnet"]),
  /** Margin loss at which the level becomes warning, and critical. */
  warningThreshold: Schema.Finite,
  criticalThreshold: Schema.Finite,
  /** How far the metric must come back below a threshold before the level falls. */
  hysteresis: Schema.Finite,
  version: Schema.Int
})
export type Account = typeof Account.Type

export const MarginGuardAction = Schema.Literals(["close_position", "reduce_position", "add_margin"])
export type MarginGuardAction = typeof MarginGuardAction.Type

/** A margin guard of an account: watches every active position of it. Writer: control-api. */
export const Rule = Schema.TaggedStruct("Rule", {
  ruleId: Id,
  accountId: Id,
  kind: Schema.Literal("margin_guard"),
  enabled: Schema.Boolean,
  dryRun: Schema.Boolean,
  metric: MarginMetric,
  /** Fires when metric ≥ threshold (for `distance_to_liquidation`: when the distance ≤ threshold). */
  threshold: Schema.Finite,
  action: MarginGuardAction,
  reducePercentage: Schema.optionalKey(Schema.Finite),
  addMarginAmountSats: Schema.optionalKey(AmountSats),
  /** Market time that must pass between two attempts of an episode, in milliseconds. */
  retryAfterMs: Schema.Int,
  version: Schema.Int
})
export type Rule = typeof Rule.Type

export const PositionCloseReason = Schema.Literals([
  "closed",
  "liquidated",
  "stop_loss",
  "take_profit",
  "canceled",
  "unknown"
])
export type PositionCloseReason = typeof PositionCloseReason.Type

/**
 * A position as last known, with a revision that grows by one with every change. Writer: market-data.
 *
 * A position that ends is written once with status `closed`, then as a tombstone.
 */
export const Position = Schema.TaggedStruct("Position", {
  positionId: Id,
  accountId: Id,
  market: MarketId,
  marginMode: Schema.Literals(["isolated", "cross"]),
  side: Side,
  quantityUsd: QuantityUsd,
  entryPriceUsd: PriceUsd,
  /** Margin in satoshis; −P&L of all of it is liquidation (isolated). */
  marginSats: AmountSats,
  maintenanceMarginSats: AmountSats,
  leverage: Schema.Finite,
  liquidationPriceUsd: PriceUsd,
  stopLossUsd: Schema.optionalKey(PriceUsd),
  takeProfitUsd: Schema.optionalKey(PriceUsd),
  status: Schema.Literals(["open", "closed"]),
  closeReason: Schema.optionalKey(PositionCloseReason),
  exitPriceUsd: Schema.optionalKey(PriceUsd),
  pnlSats: Schema.optionalKey(Sats),
  /** Market time of opening, and of the end. */
  openedAtMs: EpochMs,
  closedAtMs: Schema.optionalKey(EpochMs),
  /** The automation command whose outcome led to this revision. */
  commandId: Schema.optionalKey(Schema.String),
  revision: Schema.Int,
  epoch: Schema.Int
})
export type Position = typeof Position.Type

/** Value of the compacted topic `account-state`, key `<kind>/<account>/<id>`, partitioned by account. */
export const AccountState = Schema.Union([Account, Rule, Position])
export type AccountState = typeof AccountState.Type

/** Key of an entity in `account-state`; kind is `account`, `rule` or `position`. */
export const accountStateKey = (state: AccountState): string => {
  switch (state._tag) {
    case "Account":
      return `account/${state.accountId}/${state.accountId}`
    case "Rule":
      return `rule/${state.accountId}/${state.ruleId}`
    case "Position":
      return `position/${state.accountId}/${state.positionId}`
  }
}
