/**
 * Redis is killed (kill -9), freezes, and comes back empty. An instance goes on with its share of each limit, knows what
 * it had sent and what it must not send, says so once per outage, and shares again by itself.
 */
import { assert, describe, it } from "@effect/vitest"
import type { RateLimit, RateLimits } from "@millrace/store"
import { Effect, Fiber, Logger, Schedule } from "effect"
import { instanceOn, makeRedisServer, redisOn, redisServerInstalled } from "./RedisServer.ts"

const limit: RateLimit = { api: "it", subject: "it-lost", algorithm: "sliding-window", limit: 8, windowMs: 60_000 }
const urgent = { priority: "urgent", maxWaitMs: 0 } as const

/** Messages of the log, as they come. */
const collecting = (lines: Array<string>) =>
  Logger.layer([Logger.make(({ message }) => void lines.push(String([message].flat()[0])))])

/** Turns that are given at once. */
const takeAll = (limits: RateLimits["Service"], of: RateLimit) =>
  Effect.gen(function* () {
    let taken = 0
    while (yield* Effect.isSuccess(limits.take(of, urgent))) taken += 1
    return taken
  })

const sharedAgain = (limits: RateLimits["Service"]) =>
  limits
    .take({ ...limit, subject: "it-look", limit: 1_000_000 }, urgent)
    .pipe(
      Effect.ignore,
      Effect.andThen(Effect.sync(limits.shared)),
      Effect.repeat({ until: (shared) => shared, schedule: Schedule.spaced("20 millis") })
    )

describe.skipIf(!redisServerInstalled)("when Redis is lost", () => {
  it.live("an instance goes on with its share, and returns", () => {
    const log: Array<string> = []
    return Effect.gen(function* () {
      const server = yield* makeRedisServer()
      yield* server.start
      const one = yield* instanceOn(`redis://127.0.0.1:${server.port}`)
      const other = yield* instanceOn(`redis://127.0.0.1:${server.port}`)
      assert.isTrue(one.shared())
      assert.strictEqual((yield* takeAll(one, limit)) + (yield* takeAll(other, limit)), 8, "one count for both")
      const used = { ...limit, subject: "it-used" }
      yield* one.take(used, urgent)
      yield* one.take(used, urgent)
      const blocked = { ...limit, subject: "it-blocked" }
      yield* one.block(blocked, 60_000)
      assert.strictEqual(yield* takeAll(other, blocked), 0)

      yield* server.kill
      yield* Effect.gen(function* () {
        assert.strictEqual(yield* takeAll(one, used), 2, "half of 8, of which 2 were sent before")
        assert.strictEqual(yield* takeAll(one, limit), 0, "all 8 were sent before")
        assert.strictEqual(yield* takeAll(one, blocked), 0)
        assert.isFalse(one.shared())
        yield* server.start
        yield* sharedAgain(one)
      }).pipe(Effect.provide(collecting(log)))

      yield* sharedAgain(other)
      assert.strictEqual(yield* takeAll(one, blocked), 0, "Redis forgot it, this instance did not")
      const fresh = { ...limit, subject: "it-fresh" }
      assert.strictEqual((yield* takeAll(one, fresh)) + (yield* takeAll(other, fresh)), 8, "one count again")
      assert.deepStrictEqual(log, ["rate limits are not shared: Redis does not answer", "rate limits are shared again"])
    }).pipe(Effect.scoped)
  })

  it.live("a frozen Redis delays a turn by its time-out once, not each turn", () =>
    Effect.gen(function* () {
      const server = yield* makeRedisServer()
      yield* server.start
      const one = yield* instanceOn(`redis://127.0.0.1:${server.port}`)
      yield* server.freeze
      assert.strictEqual(yield* takeAll(one, limit), 4)
      assert.isFalse(one.shared())
      yield* server.thaw
      yield* sharedAgain(one)
    }).pipe(Effect.scoped)
  )

  it.live("an instance that starts without Redis counts by itself and joins later", () =>
    Effect.gen(function* () {
      const server = yield* makeRedisServer()
      const one = yield* instanceOn(`redis://127.0.0.1:${server.port}`)
      assert.strictEqual(yield* takeAll(one, limit), 4)
      yield* server.start
      yield* sharedAgain(one)
      const fresh = { ...limit, subject: "it-fresh" }
      assert.strictEqual(yield* takeAll(one, fresh), 8)
    }).pipe(Effect.scoped)
  )

  it.live("a command under way when Redis is killed fails, is not sent again, and the connection is made anew", () =>
    Effect.gen(function* () {
      const server = yield* makeRedisServer()
      yield* server.start
      const redis = yield* redisOn(`redis://127.0.0.1:${server.port}`)
      yield* server.freeze
      const lost = yield* Effect.forkChild(Effect.flip(redis.send("INCR", "x")), { startImmediately: true })
      yield* Effect.sleep("50 millis")
      yield* server.kill
      yield* server.start
      assert.strictEqual((yield* Fiber.join(lost).pipe(Effect.timeout("5 seconds")))._tag, "RedisError")
      const found = yield* redis.send("GET", "x").pipe(Effect.retry(Schedule.spaced("20 millis")))
      assert.isNull(found)
    }).pipe(Effect.scoped)
  )
})
