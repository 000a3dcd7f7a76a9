import { Schema } from "effect"
import { EpochMs, Id, MarginFigures, PriceUsd } from "./Fields.ts"

export const MarginLevel = Schema.Literals(["normal", "warning", "critical"])
export type MarginLevel = typeof MarginLevel.Type

/** The margin level of a position changed. Topic `margin-events`, key: account id. Writer: margin-monitor. */
export const MarginEvent = Schema.Struct({
  /** Deterministic: same position, tick and level give the same id. */
  eventId: Schema.String,
  accountId: Id,
  positionId: Id,
  level: MarginLevel,
  previousLevel: MarginLevel,
  figures: MarginFigures,
  priceUsd: PriceUsd,
  marketTimeMs: EpochMs,
  decidedAtMs: EpochMs
})
export type MarginEvent = typeof MarginEvent.Type
