import { Clock, Effect, Semaphore } from "effect"
import { makeRequestWindow, type RequestPriority } from "./RequestWindow.ts"

/** The turn would come later than the caller can wait. */
export interface BudgetExhausted {
  readonly _tag: "BudgetExhausted"
  readonly retryAfterMs: number
}

/** Requests of one account, or of the public side, spread as the exchange allows. */
export interface RequestBudget {
  /** Waits for a turn; orders overtake reads. Fails at once when the wait would be longer than `maxWaitMs`. */
  readonly take: (priority: RequestPriority, maxWaitMs: number) => Effect.Effect<void, BudgetExhausted>
  /** Holds everything back for a time: the exchange answered 429. */
  readonly hold: (durationMs: number) => Effect.Effect<void>
}

export interface BudgetOptions {
  readonly limit: number
  readonly reserve: number
  readonly windowMs: number
}

/**
 * Makes a budget that lives in this process.
 *
 * In any window at most `limit` requests go out, and a read only while fewer than `limit − reserve` went out.
 */
export const makeRequestBudget = Effect.fnUntraced(function* (options: BudgetOptions) {
  const clock = yield* Clock.Clock
  const window = makeRequestWindow(options.limit, options.reserve, options.windowMs)
  // One waiter per priority looks at the window; the others queue behind it, in order.
  const turns = { order: yield* Semaphore.make(1), read: yield* Semaphore.make(1) }
  const waiting = { order: 0, read: 0 }
  const nowMs = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

  const tryTake = (priority: RequestPriority, queued: boolean): number => {
    const now = nowMs()
    const wait = window.waitMs(now, priority)
    if (wait > 0) return wait
    if (!queued && waiting[priority] > 0) return 1
    if (priority === "read" && waiting.order > 0) return 1
    window.note(now)
    return 0
  }

  const waitForTurn = Effect.fnUntraced(function* (priority: RequestPriority) {
    for (;;) {
      const wait = tryTake(priority, true)
      if (wait === 0) return
      yield* Effect.sleep(Math.ceil(wait))
    }
  })

  const take = (priority: RequestPriority, maxWaitMs: number): Effect.Effect<void, BudgetExhausted> =>
    Effect.suspend(() => {
      const wait = tryTake(priority, false)
      if (wait === 0) return Effect.void
      if (wait > maxWaitMs) return Effect.fail({ _tag: "BudgetExhausted" as const, retryAfterMs: Math.ceil(wait) })
      waiting[priority] += 1
      return turns[priority]
        .withPermits(1)(waitForTurn(priority))
        .pipe(
          Effect.timeoutOrElse({
            duration: Number.isFinite(maxWaitMs) ? maxWaitMs : "1 day",
            orElse: () => Effect.fail({ _tag: "BudgetExhausted" as const, retryAfterMs: options.windowMs })
          }),
          Effect.ensuring(
            Effect.sync(() => {
              waiting[priority] -= 1
            })
          )
        )
    })

  return {
    take,
    hold: (durationMs) => Effect.sync(() => window.holdUntil(nowMs() + durationMs))
  } satisfies RequestBudget
})
