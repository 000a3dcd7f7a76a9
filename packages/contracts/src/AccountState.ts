import { Schema } from "effect"
import { AmountSats, EpochMs, Id, MarginMode, MarketId, PriceUsd, QuantityUsd, Sats, Side } from "./Fields.ts"
import { AutoEntryRule, MarginGuardRule, TakeProfitStopLossRule } from "./Rule.ts"

/**
 * Hard limits of an account on what opens positions or spends margin, kept in the ledger's transaction. Closing a position and
 * moving its stop loss or take profit are never capped. Absent: the installation's own (`EXECUTOR_CAP_…`).
 */
export const AccountCaps = Schema.Struct({
  /** Largest quantity of one opening order. */
  orderQuantityUsd: Schema.optionalKey(QuantityUsd),
  /** Opened within any hour of wall time, all orders together. */
  hourQuantityUsd: Schema.optionalKey(QuantityUsd),
  /** Opening orders within any hour. */
  hourOrders: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
  /** Largest amount of margin added at once. */
  addMarginSats: Schema.optionalKey(AmountSats),
  /** Margin added within any hour. */
  hourAddMarginSats: Schema.optionalKey(AmountSats)
})
export type AccountCaps = typeof AccountCaps.Type

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
  /** No rule of the account calls the exchange. */
  dryRun: Schema.optionalKey(Schema.Boolean),
  /** `millrace accounts arm`: without it nothing is sent for an account of the network `mainnet`. */
  armed: Schema.optionalKey(Schema.Boolean),
  caps: Schema.optionalKey(AccountCaps),
  version: Schema.Int
})
export type Account = typeof Account.Type

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
 * A position that ends is written once with status `closed`, then as a tombstone. The id of an isolated position is the
 * exchange's of the trade; an account has one cross position at a time, and each time it leaves zero it gets a new id.
 */
export const Position = Schema.TaggedStruct("Position", {
  positionId: Id,
  accountId: Id,
  market: MarketId,
  marginMode: MarginMode,
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
export const AccountState = Schema.Union([Account, MarginGuardRule, TakeProfitStopLossRule, AutoEntryRule, Position])
export type AccountState = typeof AccountState.Type

/** An account or rule was removed: what a tombstone says in `account-state`. Writer: control-api. */
export const Removed = Schema.TaggedStruct("Removed", {
  accountId: Id,
  /** Key in `account-state`. */
  key: Schema.String,
  atMs: EpochMs
})
export type Removed = typeof Removed.Type

/** Value of the topic `account-history`, key account id: every change of `account-state` again, removals included. */
export const AccountHistory = Schema.Union([
  Account,
  MarginGuardRule,
  TakeProfitStopLossRule,
  AutoEntryRule,
  Position,
  Removed
])
export type AccountHistory = typeof AccountHistory.Type

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
