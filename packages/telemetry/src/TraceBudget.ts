import { Context } from "effect"

/** Decides which traces a process begins, so that tracing costs the same whatever the throughput. */
export interface TraceBudget {
  /** Whether a new trace may begin now, wall time in milliseconds; takes one of this second's. Plain and immediate. */
  readonly allows: (nowMs: number) => boolean
}

/** At most so many new traces in each second. */
export const makeTraceBudget = (perSecond: number): TraceBudget => {
  let second = Number.NaN
  let left = 0
  return {
    allows: (nowMs) => {
      const now = Math.floor(nowMs / 1_000)
      if (now !== second) {
        second = now
        left = perSecond
      }
      if (left <= 0) return false
      left--
      return true
    }
  }
}

/** The budget of this process; without bounds unless `telemetryLayer` sets it. */
export const CurrentTraceBudget = Context.Reference<TraceBudget>("@millrace/telemetry/CurrentTraceBudget", {
  defaultValue: () => ({ allows: () => true })
})

/** Whether a record's own trace is one that is kept. */
export const isSampled = (traceparent: string | undefined): boolean =>
  traceparent !== undefined && (Number.parseInt(traceparent.slice(-2), 16) & 1) === 1
