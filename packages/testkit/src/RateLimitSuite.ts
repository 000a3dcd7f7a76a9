import { assert, layer as describeLayer } from "@effect/vitest"
import { type RateLimit, RateLimits } from "@millrace/store"
import { wallClockMs } from "@millrace/telemetry"
import { Effect, Fiber, type Layer, Random, Ref } from "effect"

/** A turn that was given at some time between the two. */
export interface Turn {
  readonly askedMs: number
  readonly givenMs: number
}

/** A budget of its own for each test. */
const budget = (changes: Partial<RateLimit> = {}) =>
  Effect.map(
    Random.nextInt,
    (n): RateLimit => ({
      api: "it",
      subject: `it-${n}`,
      algorithm: "sliding-window",
      limit: 5,
      reserve: 2,
      windowMs: 300,
      ...changes
    })
  )

/** Asks without waiting, over and over, until the time is over; returns the turns that were given. */
export const takeTurnsUntil = (limit: RateLimit, endMs: number, priority: "urgent" | "ordinary" = "urgent") =>
  Effect.gen(function* () {
    const limits = yield* RateLimits
    const turns: Array<Turn> = []
    for (;;) {
      const askedMs = yield* wallClockMs
      if (askedMs >= endMs) return turns
      const refused = yield* limits.take(limit, { priority, maxWaitMs: 0 }).pipe(
        Effect.as(undefined),
        Effect.catch((error) => Effect.succeed(error))
      )
      if (refused === undefined) turns.push({ askedMs, givenMs: yield* wallClockMs })
      else yield* Effect.sleep(Math.min(refused.retryAfterMs, 20))
    }
  })

/** The most turns that surely lie within one window. */
export const mostInAWindow = (turns: ReadonlyArray<Turn>, windowMs: number): number => {
  const byTime = turns.toSorted((a, b) => a.givenMs - b.givenMs)
  const counts = byTime.map(
    (first) =>
      byTime.filter(({ askedMs, givenMs }) => askedMs >= first.askedMs && givenMs < first.askedMs + windowMs).length
  )
  return Math.max(0, ...counts)
}

/** What every layer of rate limits promises, on the real clock. */
export const rateLimitSuite = <E>(name: string, rateLimits: Layer.Layer<RateLimits, E>): void =>
  describeLayer(rateLimits, { excludeTestServices: true })(`rate limits: ${name}`, (it) => {
    it.effect("give at most the limit in any window, and all of it, to callers side by side", () =>
      Effect.gen(function* () {
        const limit = yield* budget()
        const endMs = (yield* wallClockMs) + 1500
        const all = yield* Effect.all(
          Array.from({ length: 8 }, () => takeTurnsUntil(limit, endMs)),
          { concurrency: "unbounded" }
        )
        const turns = all.flat()
        assert.isAtMost(mostInAWindow(turns, limit.windowMs), limit.limit)
        assert.isAbove(turns.length, limit.limit * 2, "the windows that follow give turns again")
      })
    )

    it.effect("leave the reserve to urgent requests", () =>
      Effect.gen(function* () {
        const limits = yield* RateLimits
        const limit = yield* budget({ windowMs: 60_000 })
        const ordinary = limits.take(limit, { maxWaitMs: 0 })
        const urgent = limits.take(limit, { priority: "urgent", maxWaitMs: 0 })
        for (let n = 0; n < 3; n++) yield* ordinary
        const refused = yield* Effect.flip(ordinary)
        assert.strictEqual(refused.kind, "system")
        assert.isAbove(refused.retryAfterMs, 50_000)
        assert.isAtMost(refused.retryAfterMs, 60_000)
        yield* urgent
        yield* urgent
        yield* Effect.flip(urgent)
      })
    )

    it.effect("let urgent requests overtake ordinary ones that wait, each kind in its order", () =>
      Effect.gen(function* () {
        const limits = yield* RateLimits
        const limit = yield* budget({ limit: 1, reserve: 0, windowMs: 120 })
        const done = yield* Ref.make<ReadonlyArray<string>>([])
        const ask = (label: string, priority: "urgent" | "ordinary") =>
          limits
            .take(limit, { priority, maxWaitMs: 10_000 })
            .pipe(
              Effect.andThen(Ref.update(done, (labels) => [...labels, label])),
              Effect.forkChild({ startImmediately: true })
            )
        yield* limits.take(limit, { maxWaitMs: 0 })
        const fibers = [yield* ask("first read", "ordinary"), yield* ask("second read", "ordinary")]
        yield* Effect.sleep("20 millis")
        fibers.push(yield* ask("first order", "urgent"), yield* ask("second order", "urgent"))
        yield* Fiber.joinAll(fibers)
        assert.deepStrictEqual(yield* Ref.get(done), ["first order", "second order", "first read", "second read"])
      })
    )

    it.effect("refuse at once what would wait too long, and count nothing for it", () =>
      Effect.gen(function* () {
        const limits = yield* RateLimits
        const limit = yield* budget({ limit: 1, reserve: 0, windowMs: 500 })
        yield* limits.take(limit, { maxWaitMs: 0 })
        const refused = yield* Effect.flip(limits.take(limit, { priority: "urgent", maxWaitMs: 10 }))
        yield* Effect.sleep(refused.retryAfterMs + 5)
        yield* limits.take(limit, { maxWaitMs: 0 })
      })
    )

    it.effect("give nothing before a block is over; a shorter block does not end a longer one", () =>
      Effect.gen(function* () {
        const limits = yield* RateLimits
        const limit = yield* budget()
        const startMs = yield* wallClockMs
        yield* limits.block(limit, 400)
        yield* limits.block(limit, 10)
        const refused = yield* Effect.flip(limits.take(limit, { priority: "urgent", maxWaitMs: 50 }))
        assert.isAbove(refused.retryAfterMs, 200)
        yield* limits.take(limit, { priority: "urgent", maxWaitMs: 5000 })
        assert.isAtLeast((yield* wallClockMs) - startMs, 399)
      })
    )

    it.effect("keep the budgets of subjects apart", () =>
      Effect.gen(function* () {
        const limits = yield* RateLimits
        const one = yield* budget({ limit: 1, reserve: 0, windowMs: 60_000 })
        const other = { ...one, subject: `${one.subject}-other` }
        yield* limits.take(one, { maxWaitMs: 0 })
        yield* limits.block(one, 60_000)
        yield* limits.take(other, { maxWaitMs: 0 })
      })
    )

    it.effect("fill a bucket evenly after it was emptied at once", () =>
      Effect.gen(function* () {
        const limits = yield* RateLimits
        const limit = yield* budget({ algorithm: "token-bucket", limit: 10, reserve: 4, windowMs: 2000 })
        for (let n = 0; n < 6; n++) yield* limits.take(limit, { maxWaitMs: 0 })
        yield* Effect.flip(limits.take(limit, { maxWaitMs: 0 }))
        for (let n = 0; n < 4; n++) yield* limits.take(limit, { priority: "urgent", maxWaitMs: 0 })
        const refused = yield* Effect.flip(limits.take(limit, { priority: "urgent", maxWaitMs: 0 }))
        assert.isAtMost(refused.retryAfterMs, 200)
        yield* Effect.sleep(refused.retryAfterMs + 2)
        yield* limits.take(limit, { priority: "urgent", maxWaitMs: 0 })
        yield* Effect.flip(limits.take(limit, { priority: "urgent", maxWaitMs: 0 }))
      })
    )

    it.effect("forget a caller that was interrupted while it waited", () =>
      Effect.gen(function* () {
        const limits = yield* RateLimits
        const limit = yield* budget({ limit: 1, reserve: 0, windowMs: 200 })
        yield* limits.take(limit, { maxWaitMs: 0 })
        const gone = yield* Effect.forkChild(limits.take(limit, { priority: "urgent", maxWaitMs: 10_000 }), {
          startImmediately: true
        })
        yield* Effect.sleep("20 millis")
        yield* Fiber.interrupt(gone)
        yield* limits.take(limit, { maxWaitMs: 1000 })
      })
    )
  })
