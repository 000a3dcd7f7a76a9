import type { Context } from "effect"
import type { AttemptEnd } from "./AttemptEnd.ts"
import type { Job, KeyScheduler } from "./KeyScheduler.ts"
import { RetryTimers } from "./RetryTimers.ts"

const nothing = 0
const oneProbe = 1
/** Wait of a lane after the first question in vain; it doubles with each up to the longest, in milliseconds. */
const firstWaitMs = 100
const longestWaitMs = 5_000

/**
 * Stops lanes whose dependency is down: nothing of the lane begins until the lane's wait is over; then one record asks, and the
 * lane goes on with the first that gets through.
 *
 * The wait is the lane's own, at least as long as that of the record that asked in vain: with one for each record, every key
 * that has not asked yet would begin with a short one.
 */
export class LaneHolds {
  private readonly scheduler: Pick<KeyScheduler<Job>, "limitLane">
  private readonly timers: RetryTimers<number>
  /** Held lanes, and how often they asked in vain. */
  private readonly held = new Map<number, number>()

  /** `due` is called when a lane may ask. */
  constructor(scheduler: Pick<KeyScheduler<Job>, "limitLane">, context: Context.Context<never>, due: () => void) {
    this.scheduler = scheduler
    this.timers = new RetryTimers(context, (lane) => {
      if (!this.held.has(lane)) return
      this.scheduler.limitLane(lane, oneProbe)
      due()
    })
  }

  /** An attempt of the lane has ended. */
  ended(lane: number, end: AttemptEnd): void {
    if (end._tag === "Again" && end.wholeLane) this.hold(lane, end.afterMs)
    else if (this.held.delete(lane)) this.scheduler.limitLane(lane, Number.POSITIVE_INFINITY)
  }

  /** Forgets all holds. */
  release(): void {
    this.timers.release()
    for (const lane of this.held.keys()) this.scheduler.limitLane(lane, Number.POSITIVE_INFINITY)
    this.held.clear()
  }

  private hold(lane: number, afterMs: number): void {
    this.scheduler.limitLane(lane, nothing)
    const asked = this.held.get(lane) ?? 0
    const waits = this.timers.has(lane)
    // Those that ran side by side when the dependency went down asked once.
    this.held.set(lane, waits ? Math.max(1, asked) : asked + 1)
    if (waits) return
    this.timers.start(lane, Math.max(afterMs, Math.min(longestWaitMs, firstWaitMs * 2 ** asked)))
  }
}
