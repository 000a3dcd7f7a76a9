import { DateTime } from "effect"

/** Milliseconds since the epoch as the ISO-8601 text that the exchange's REST takes. */
export const isoTime = (epochMs: number): string => DateTime.formatIso(DateTime.makeUnsafe(epochMs))
