import { Clock, Effect } from "effect"
import { type LimitWindow, makeLimitWindow } from "./LimitWindow.ts"
import { keyOf, type RateLimit, type TurnPriority } from "./RateLimit.ts"

/** Where the requests of all budgets are counted. */
export interface LimitState<E> {
  /** Takes a turn if there is one: 0, else the milliseconds until it is worth asking again. */
  readonly take: (limit: RateLimit, priority: TurnPriority, maxWaitMs: number) => Effect.Effect<number, E>
  /** Lets nothing of this budget out for a time. A shorter time than the present one changes nothing. */
  readonly block: (limit: RateLimit, durationMs: number) => Effect.Effect<void, E>
}

/** The counts of one process. */
export interface LocalLimitState extends LimitState<never> {
  /** Notes a turn that was taken elsewhere. */
  readonly note: (limit: RateLimit) => void
  readonly blockedForMs: (limit: RateLimit) => number
  /** Budgets that are kept in memory. */
  readonly size: () => number
}

/** Budgets kept before those that say nothing any more are looked for. */
const sweepFrom = 1_000

/** Makes empty counts; memory holds only budgets used within their last two windows, or blocked. */
export const makeLocalLimitState: Effect.Effect<LocalLimitState> = Effect.map(Clock.Clock, (clock) => {
  const windows = new Map<string, LimitWindow>()
  let sweepAt = sweepFrom
  const nowMs = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

  const sweep = (): void => {
    const now = nowMs()
    for (const [key, window] of windows) if (window.forgottenAtMs() <= now) windows.delete(key)
    sweepAt = Math.max(sweepFrom, windows.size * 2)
  }
  const windowOf = (limit: RateLimit): LimitWindow => {
    const key = keyOf(limit)
    let window = windows.get(key)
    if (window === undefined) {
      if (windows.size >= sweepAt) sweep()
      window = makeLimitWindow()
      windows.set(key, window)
    }
    return window
  }

  return {
    take: (limit, priority, maxWaitMs) => Effect.sync(() => windowOf(limit).take(limit, nowMs(), priority, maxWaitMs)),
    block: (limit, durationMs) => Effect.sync(() => windowOf(limit).blockUntil(nowMs() + durationMs)),
    note: (limit) => windowOf(limit).note(limit, nowMs()),
    blockedForMs: (limit) => windows.get(keyOf(limit))?.blockedForMs(nowMs()) ?? 0,
    size: () => windows.size
  }
})
