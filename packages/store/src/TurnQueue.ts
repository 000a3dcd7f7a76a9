import { Effect, Semaphore } from "effect"
import type { LimitState } from "./LimitState.ts"
import { keyOf, type RateLimit, RateLimited, type TurnPriority } from "./RateLimit.ts"

/** What a caller asks for. */
export interface TurnRequest {
  /** Default `ordinary`. */
  readonly priority?: TurnPriority
  /** Longest wait for the turn, in milliseconds; 0 never waits, infinity waits as long as it takes. */
  readonly maxWaitMs: number
}

/** How a turn was come by. */
export type TurnTaken = "at once" | "waited"

interface Waiting {
  readonly turns: Readonly<Record<TurnPriority, Semaphore.Semaphore>>
  readonly counts: Record<TurnPriority, number>
}

const makeWaiting = (): Waiting => ({
  turns: { urgent: Semaphore.makeUnsafe(1), ordinary: Semaphore.makeUnsafe(1) },
  counts: { urgent: 0, ordinary: 0 }
})

/**
 * Lets the callers of this process wait for turns: in order within a priority, urgent ones first.
 *
 * One waiter of each priority and budget asks the counts, the others queue behind it. Fails with `RateLimited` at once
 * when the wait would be longer than the caller's. An interrupted caller leaves the queue.
 */
export const makeTurnQueue = (state: LimitState<never>) => {
  const budgets = new Map<string, Waiting>()

  const ask = (limit: RateLimit, priority: TurnPriority, maxWaitMs: number, queued: boolean): Effect.Effect<number> => {
    const counts = budgets.get(keyOf(limit))?.counts
    const overtaken = priority === "ordinary" && (counts?.urgent ?? 0) > 0
    const behind = !queued && (counts?.[priority] ?? 0) > 0
    if (overtaken || behind) return Effect.succeed(limit.windowMs / limit.limit)
    return state.take(limit, priority, maxWaitMs)
  }

  const waitForTurn = Effect.fnUntraced(function* (limit: RateLimit, priority: TurnPriority, maxWaitMs: number) {
    for (;;) {
      const waitMs = yield* ask(limit, priority, maxWaitMs, true)
      if (waitMs === 0) return
      yield* Effect.sleep(Math.ceil(waitMs))
    }
  })

  const enqueue = (limit: RateLimit, priority: TurnPriority, maxWaitMs: number): Effect.Effect<void, RateLimited> => {
    const key = keyOf(limit)
    const waiting = budgets.get(key) ?? makeWaiting()
    budgets.set(key, waiting)
    waiting.counts[priority] += 1
    const turn = waiting.turns[priority].withPermits(1)(waitForTurn(limit, priority, maxWaitMs))
    const bounded = Number.isFinite(maxWaitMs)
      ? Effect.timeoutOrElse(turn, { duration: maxWaitMs, orElse: () => refused(limit, limit.windowMs) })
      : turn
    return Effect.ensuring(
      bounded,
      Effect.sync(() => {
        waiting.counts[priority] -= 1
        if (waiting.counts.urgent + waiting.counts.ordinary === 0) budgets.delete(key)
      })
    )
  }

  return (limit: RateLimit, { maxWaitMs, priority = "ordinary" }: TurnRequest): Effect.Effect<TurnTaken, RateLimited> =>
    Effect.suspend(() =>
      Effect.flatMap(ask(limit, priority, maxWaitMs, false), (waitMs): Effect.Effect<TurnTaken, RateLimited> => {
        if (waitMs === 0) return Effect.succeed("at once")
        if (waitMs > maxWaitMs) return refused(limit, waitMs)
        return Effect.as(enqueue(limit, priority, maxWaitMs), "waited")
      })
    )
}

const refused = (limit: RateLimit, waitMs: number) =>
  Effect.fail(new RateLimited({ api: limit.api, subject: limit.subject, retryAfterMs: Math.ceil(waitMs) }))
