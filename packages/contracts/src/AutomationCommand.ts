import { Schema } from "effect"
import {
  AmountSats,
  EpochMs,
  Id,
  MarginFigures,
  MarginMode,
  MarketId,
  PriceUsd,
  QuantityUsd,
  RuleMetric,
  Side
} from "./Fields.ts"
import { ReduceStrategy, RuleKind } from "./Rule.ts"
import type { LaneName } from "./Topic.ts"

/** What reduces a position, fixed when it was decided, so that a second delivery does the very same. */
export const ReducePlan = Schema.Union([
  /** Isolated: these trades are closed whole, in this order, each an effect of its own. */
  Schema.TaggedStruct("close_trades", {
    trades: Schema.Array(Schema.Struct({ positionId: Id, quantityUsd: QuantityUsd }))
  }),
  /** Isolated: an opposite trade. */
  Schema.TaggedStruct("hedge", { side: Side, quantityUsd: QuantityUsd, leverage: Schema.Finite }),
  /** Cross: an opposite order. */
  Schema.TaggedStruct("cross_order", { side: Side, quantityUsd: QuantityUsd })
])
export type ReducePlan = typeof ReducePlan.Type

/** What the executor is to do. */
export const CommandAction = Schema.Union([
  Schema.TaggedStruct("close_position", {}),
  Schema.TaggedStruct("reduce_position", {
    reducePercentage: Schema.Finite,
    strategy: Schema.optionalKey(ReduceStrategy),
    plan: Schema.optionalKey(ReducePlan)
  }),
  Schema.TaggedStruct("add_margin", { amountSats: AmountSats }),
  Schema.TaggedStruct("cash_in", { amountSats: AmountSats }),
  Schema.TaggedStruct("set_take_profit", { priceUsd: PriceUsd }),
  Schema.TaggedStruct("set_stop_loss", { priceUsd: PriceUsd }),
  Schema.TaggedStruct("open_position", {
    market: MarketId,
    marginMode: MarginMode,
    side: Side,
    quantityUsd: QuantityUsd,
    leverage: Schema.Finite,
    orderType: Schema.Literals(["market", "limit"]),
    /** Of a limit order. */
    priceUsd: Schema.optionalKey(PriceUsd),
    stopLossUsd: Schema.optionalKey(PriceUsd),
    takeProfitUsd: Schema.optionalKey(PriceUsd)
  })
])
export type CommandAction = typeof CommandAction.Type

/** A command that an operator sent anew: who, and the command it repeats. */
export const OperatorOrder = Schema.Struct({ actor: Schema.String, commandId: Schema.String, atMs: EpochMs })
export type OperatorOrder = typeof OperatorOrder.Type

/**
 * A decision to act. Topic `automation-commands`, key `<account>/<position>` (entry: `<account>/<rule>`), partitioned by account.
 * Lane `critical` for protection, the default one for take profit, stop loss and entries, `low` for dry runs.
 * Writer: margin-monitor; control-api for what an operator repeats.
 */
export const AutomationCommand = Schema.Struct({
  /** Deterministic: the same rule, position, episode and attempt give the same id. */
  commandId: Schema.String,
  accountId: Id,
  ruleId: Id,
  /** Absent: `margin_guard`. */
  ruleKind: Schema.optionalKey(RuleKind),
  ruleVersion: Schema.Int,
  /** Absent: an entry, which has no position yet. */
  positionId: Schema.optionalKey(Id),
  /** Absent: `isolated`. */
  marginMode: Schema.optionalKey(MarginMode),
  /** Revision of the position that the decision was made on; 0 for an entry. */
  positionRevision: Schema.Int,
  /** Attempt within the episode, from 1. */
  attempt: Schema.Int,
  action: CommandAction,
  dryRun: Schema.Boolean,
  /** What the rule compares; absent for an entry, whose threshold is its trigger price (absent: at once). */
  metric: Schema.optionalKey(RuleMetric),
  threshold: Schema.optionalKey(Schema.Finite),
  /** Of the position; absent for an entry. */
  figures: Schema.optionalKey(MarginFigures),
  /** Market time and price of the deciding tick. */
  marketTimeMs: EpochMs,
  priceUsd: PriceUsd,
  /** The deciding price was stale, and the rule acts all the same. */
  priceStale: Schema.optionalKey(Schema.Boolean),
  /** Wall times of the tick's receipt and of the decision, for latency. */
  tickReceivedAtMs: EpochMs,
  decidedAtMs: EpochMs,
  operator: Schema.optionalKey(OperatorOrder)
})
export type AutomationCommand = typeof AutomationCommand.Type

/** What a command is about, the second part of its key: the position, or the rule of an entry. */
export const commandSubject = (command: Pick<AutomationCommand, "positionId" | "ruleId">): string =>
  command.positionId ?? command.ruleId

/** Intents of the ledger that must be there once the command was carried out: its own, or one for each trade that it closes. */
export const commandIntents = ({
  action,
  commandId
}: Pick<AutomationCommand, "action" | "commandId">): ReadonlyArray<string> =>
  action._tag === "reduce_position" && action.plan?._tag === "close_trades"
    ? action.plan.trades.map(({ positionId }) => `${commandId}.${positionId}`)
    : [commandId]

/** Its lane: guards protect in `critical`, dry runs wait in `low`, all else is in the default one, `high`. */
export const commandLane = ({ dryRun, ruleKind }: Pick<AutomationCommand, "dryRun" | "ruleKind">): LaneName =>
  dryRun ? "low" : (ruleKind ?? "margin_guard") === "margin_guard" ? "critical" : "high"

/** Whether the action makes an exposure larger or new; REDUCE_ONLY refuses it, and caps count it. */
export const opensExposure = (action: CommandAction): boolean =>
  action._tag === "open_position" || (action._tag === "reduce_position" && action.plan?._tag === "hedge")
