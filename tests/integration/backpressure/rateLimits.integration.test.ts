/**
 * Instances share the budgets of outside APIs through Redis. Its layer must behave as the one in the process does.
 */
import { assert, describe, it } from "@effect/vitest"
import { type RateLimit, RateLimits, type TurnPriority } from "@millrace/store"
import { Effect, Fiber, Random } from "effect"
import { rateLimitSuite } from "../../../packages/testkit/src/RateLimitSuite.ts"
import { instanceOn } from "./RedisServer.ts"

const redisUrl = process.env.REDIS_URL

describe.skipIf(redisUrl === undefined)("with Redis", () => {
  rateLimitSuite("Redis", RateLimits.layer)

  it.live("an urgent request that waits in one instance holds ordinary ones of the others back", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* instanceOn(redisUrl!), yield* instanceOn(redisUrl!)]
      const subject = `it-${yield* Random.nextInt}`
      const limit: RateLimit = { api: "it", subject, algorithm: "sliding-window", limit: 1, windowMs: 2000 }
      const waitOf = (priority: TurnPriority) =>
        Effect.map(Effect.flip(other.take(limit, { priority, maxWaitMs: 0 })), ({ retryAfterMs }) => retryAfterMs)
      yield* one.take(limit, { maxWaitMs: 0 })
      const waiting = yield* Effect.forkChild(one.take(limit, { priority: "urgent", maxWaitMs: 10_000 }))
      yield* Effect.sleep("50 millis")
      assert.isAbove(yield* waitOf("ordinary"), (yield* waitOf("urgent")) + 10)
      yield* Fiber.join(waiting)
    }).pipe(Effect.scoped)
  )
})
