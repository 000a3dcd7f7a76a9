/** Orders may use a budget's whole share, reads leave the reserve alone. */
export type RequestPriority = "order" | "read"

/**
 * Which requests of a budget may go out: at most `limit` in any window, of which reads leave `reserve` to orders.
 *
 * Plain and deterministic; times are milliseconds of one monotonic clock.
 */
export interface RequestWindow {
  /** Milliseconds until such a request may go out, 0 for now. */
  readonly waitMs: (nowMs: number, priority: RequestPriority) => number
  /** Notes that a request goes out now. */
  readonly note: (nowMs: number) => void
  /** Nothing goes out before this time; the exchange asked for it. */
  readonly holdUntil: (timeMs: number) => void
}

export const makeRequestWindow = (limit: number, reserve: number, windowMs: number): RequestWindow => {
  /** Times of the last `limit` requests, oldest first. */
  const sent: Array<number> = []
  let heldUntilMs = Number.NEGATIVE_INFINITY

  const waitMs = (nowMs: number, priority: RequestPriority): number => {
    const share = Math.max(1, priority === "order" ? limit : limit - reserve)
    // The request that must have left the window before another one may enter the share.
    const blocking = sent[sent.length - share]
    const free = blocking === undefined ? nowMs : blocking + windowMs
    return Math.max(0, Math.max(free, heldUntilMs) - nowMs)
  }

  return {
    waitMs,
    note: (nowMs) => {
      sent.push(nowMs)
      if (sent.length > limit) sent.shift()
    },
    holdUntil: (timeMs) => {
      heldUntilMs = Math.max(heldUntilMs, timeMs)
    }
  }
}
