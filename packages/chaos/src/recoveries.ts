import type { PastFault } from "./History.ts"
import type { AppliedEffect } from "./SinkMode.ts"

/** A fault and how long the pipeline needed after it. */
export interface Recovery extends PastFault {
  /**
   * From the fault's end until every partition of every lane had handled a job that was sent after that end; null: it
   * never did.
   */
  readonly recoveredSeconds: number | null
  /** Longest time without any effect from the fault's beginning to its recovery. */
  readonly stalledSeconds: number
}

const tenths = (seconds: number): number => Math.round(seconds * 10) / 10

/** Places that handle jobs at all: lane and partition. */
const placeOf = ({ lane, partition }: AppliedEffect): string => `${lane}/${partition}`

const longestGap = (times: ReadonlyArray<number>, fromMs: number, toMs: number): number => {
  const inside = [fromMs, ...times.filter((time) => time > fromMs && time < toMs), toMs]
  return inside.reduce((longest, time, n) => Math.max(longest, n === 0 ? 0 : time - inside[n - 1]!), 0)
}

/** Works out, from the effects alone, when each fault was over for the jobs. */
export const recoveries = (
  faults: ReadonlyArray<PastFault>,
  effects: ReadonlyArray<AppliedEffect>,
  startedMs: number,
  loadEndedMs: number
): ReadonlyArray<Recovery> => {
  const places = new Set(effects.map(placeOf))
  const times = effects.map(({ atMs }) => atMs)
  return faults.map((fault) => {
    const beganMs = startedMs + fault.atSeconds * 1_000
    const endedMs = startedMs + fault.endedSeconds * 1_000
    const fresh = new Map<string, number>()
    for (const effect of effects) {
      if (effect.sentAtMs >= endedMs && !fresh.has(placeOf(effect))) fresh.set(placeOf(effect), effect.atMs)
    }
    const whole = fresh.size === places.size && places.size > 0
    const recoveredMs = whole ? Math.max(...fresh.values()) : undefined
    return {
      ...fault,
      recoveredSeconds: recoveredMs === undefined ? null : tenths((recoveredMs - endedMs) / 1_000),
      stalledSeconds: tenths(longestGap(times, beganMs, recoveredMs ?? loadEndedMs) / 1_000)
    }
  })
}
