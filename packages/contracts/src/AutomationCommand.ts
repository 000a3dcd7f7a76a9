import { Schema } from "effect"
import { AmountSats, EpochMs, Id, MarginFigures, MarginMetric, PriceUsd } from "./Fields.ts"

/** What the executor is to do to the position. */
export const CommandAction = Schema.Union([
  Schema.TaggedStruct("close_position", {}),
  Schema.TaggedStruct("reduce_position", { reducePercentage: Schema.Finite }),
  Schema.TaggedStruct("add_margin", { amountSats: AmountSats })
])
export type CommandAction = typeof CommandAction.Type

/**
 * A decision to act on a position. Topic `automation-commands`, key `<account>/<position>`, partitioned by account.
 * Lane `critical` for protection, `low` for dry runs. Writer: margin-monitor.
 */
export const AutomationCommand = Schema.Struct({
  /** Deterministic: the same rule, position, episode and attempt give the same id. */
  commandId: Schema.String,
  accountId: Id,
  ruleId: Id,
  ruleVersion: Schema.Int,
  positionId: Id,
  /** Revision of the position that the decision was made on. */
  positionRevision: Schema.Int,
  /** Attempt within the episode, from 1. */
  attempt: Schema.Int,
  action: CommandAction,
  dryRun: Schema.Boolean,
  metric: MarginMetric,
  threshold: Schema.Finite,
  figures: MarginFigures,
  /** Market time and price of the deciding tick. */
  marketTimeMs: EpochMs,
  priceUsd: PriceUsd,
  /** Wall times of the tick's receipt and of the decision, for latency. */
  tickReceivedAtMs: EpochMs,
  decidedAtMs: EpochMs
})
export type AutomationCommand = typeof AutomationCommand.Type
