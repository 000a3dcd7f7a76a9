import { type RateLimit, shareOf, type TurnPriority } from "./RateLimit.ts"

/** How long ordinary requests stay behind an urgent one that is told to come again, beyond its wait, in milliseconds. */
export const urgentLeadMs = 20

/**
 * The requests of one budget: which may go out now, and when the next may.
 *
 * Plain and deterministic; times are milliseconds of one monotonic clock. The script of the Redis layer follows it step
 * by step.
 */
export interface LimitWindow {
  /**
   * Takes a turn if there is one: 0, else the milliseconds until there may be one. An urgent request that will wait
   * (no longer than `maxWaitMs`) holds ordinary ones back meanwhile.
   */
  readonly take: (limit: RateLimit, nowMs: number, priority: TurnPriority, maxWaitMs: number) => number
  /** Notes a request that went out without asking here. */
  readonly note: (limit: RateLimit, nowMs: number) => void
  /** Nothing goes out before this time: the API asked for it. A shorter time changes nothing. */
  readonly blockUntil: (timeMs: number) => void
  readonly blockedForMs: (nowMs: number) => number
  /** From this time on the window says no more than a new one would. */
  readonly forgottenAtMs: () => number
}

export const makeLimitWindow = (): LimitWindow => {
  /** Times of the last requests, oldest first; at most `limit` of them. */
  const sent: Array<number> = []
  /** Time at which the bucket will be full again. */
  let fullAtMs = Number.NEGATIVE_INFINITY
  let blockedUntilMs = Number.NEGATIVE_INFINITY
  let urgentUntilMs = Number.NEGATIVE_INFINITY
  let forgottenAtMs = Number.NEGATIVE_INFINITY

  const freeAtMs = (limit: RateLimit, nowMs: number, share: number): number => {
    if (limit.algorithm === "token-bucket") {
      return Math.max(fullAtMs, nowMs) - (share - 1) * (limit.windowMs / limit.limit)
    }
    // The request that must have left the window before another one may enter the share.
    const blocking = sent[sent.length - share]
    return blocking === undefined ? nowMs : blocking + limit.windowMs
  }

  const note = (limit: RateLimit, nowMs: number): void => {
    if (limit.algorithm === "token-bucket") fullAtMs = Math.max(fullAtMs, nowMs) + limit.windowMs / limit.limit
    else {
      sent.push(nowMs)
      if (sent.length > limit.limit) sent.shift()
    }
    forgottenAtMs = Math.max(forgottenAtMs, nowMs + 2 * limit.windowMs)
  }

  return {
    note,
    take: (limit, nowMs, priority, maxWaitMs) => {
      const free = Math.max(freeAtMs(limit, nowMs, shareOf(limit, priority)), blockedUntilMs)
      const waitMs = Math.max(free, priority === "ordinary" ? urgentUntilMs : nowMs) - nowMs
      if (waitMs <= 0) {
        note(limit, nowMs)
        return 0
      }
      if (priority === "urgent" && waitMs <= maxWaitMs) {
        urgentUntilMs = Math.max(urgentUntilMs, nowMs + waitMs + urgentLeadMs)
      }
      return waitMs
    },
    blockUntil: (timeMs) => {
      blockedUntilMs = Math.max(blockedUntilMs, timeMs)
      forgottenAtMs = Math.max(forgottenAtMs, timeMs)
    },
    blockedForMs: (nowMs) => Math.max(0, blockedUntilMs - nowMs),
    forgottenAtMs: () => forgottenAtMs
  }
}
