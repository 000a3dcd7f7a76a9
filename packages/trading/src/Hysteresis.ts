import type { Account, MarginLevel } from "@millrace/contracts"

/** Where an account's margin levels begin, and how far the loss must come back before a level falls. */
export type LevelThresholds = Pick<Account, "warningThreshold" | "criticalThreshold" | "hysteresis">

/** A band that can't be negative: a level would fall above the point where it rose. */
const band = (hysteresis: number): number => Math.max(0, hysteresis)

/**
 * Returns the level after a margin loss was seen. Rises at a threshold (loss ≥ threshold), falls when the loss is
 * below the threshold by more than the band, so that a price that trembles around a threshold changes nothing.
 */
export const nextLevel = (level: MarginLevel, marginLoss: number, thresholds: LevelThresholds): MarginLevel => {
  const h = band(thresholds.hysteresis)
  if (marginLoss >= thresholds.criticalThreshold) return "critical"
  if (level === "critical" && marginLoss >= thresholds.criticalThreshold - h) return "critical"
  if (marginLoss >= thresholds.warningThreshold) return "warning"
  if (level !== "normal" && marginLoss >= thresholds.warningThreshold - h) return "warning"
  return "normal"
}

/** Margin loss at which the level would rise, or below which it would fall; `undefined` where it can't. */
export interface LevelLimits {
  readonly rise: number | undefined
  readonly fall: number | undefined
}

/** Returns the only two losses that matter while a position is at a level. */
export const levelLimits = (level: MarginLevel, thresholds: LevelThresholds): LevelLimits => {
  const h = band(thresholds.hysteresis)
  const { criticalThreshold, warningThreshold } = thresholds
  switch (level) {
    case "normal":
      return { rise: Math.min(warningThreshold, criticalThreshold), fall: undefined }
    case "warning":
      return { rise: criticalThreshold, fall: warningThreshold - h }
    case "critical":
      return { rise: undefined, fall: criticalThreshold - h }
  }
}

/** Whether a level is more dangerous than another. */
export const isAbove = (level: MarginLevel, other: MarginLevel): boolean => rank[level] > rank[other]

const rank: Record<MarginLevel, number> = { normal: 0, warning: 1, critical: 2 }
