import { Effect, Random } from "effect"
import { Redis } from "effect/persistence"
import type { LimitState } from "./LimitState.ts"
import { urgentLeadMs } from "./LimitWindow.ts"
import { keyOf, type RateLimit, shareOf, type TurnPriority } from "./RateLimit.ts"

/** The keys of one budget; the braces keep them on one node of a cluster. */
const keysOf = (prefix: string, limit: RateLimit): readonly [turns: string, block: string, urgent: string] => {
  const key = `${prefix}limit:{${keyOf(limit)}}`
  return [`${key}:${limit.algorithm}`, `${key}:block`, `${key}:urgent`]
}

/**
 * Counts in Redis, by the clock of Redis: the clocks of instances need not agree. One script call per turn, atomic.
 *
 * Fails with `RedisError` when Redis does not answer. Keys expire when they say nothing any more.
 */
export const makeRedisLimitState = Effect.fnUntraced(function* (prefix: string) {
  const redis = yield* Redis.Redis
  const instance = yield* Random.nextInt
  const take = redis.eval(takeTurn)
  const block = redis.eval(blockTurns)
  let turn = 0
  return {
    take: (limit, priority, maxWaitMs) => {
      turn += 1
      return take(keysOf(prefix, limit), limit, priority, maxWaitMs, `${instance}-${turn}`)
    },
    block: (limit, durationMs) => Effect.asVoid(block(keysOf(prefix, limit)[1], Math.max(1, Math.ceil(durationMs))))
  } satisfies LimitState<Redis.RedisError>
})

/** `LimitWindow.take` in Redis; times in microseconds, the answer in whole milliseconds. */
const takeTurn = Redis.script(
  (
    keys: readonly [string, string, string],
    limit: RateLimit,
    priority: TurnPriority,
    maxWaitMs: number,
    member: string
  ): ReadonlyArray<unknown> => [
    ...keys,
    limit.algorithm,
    limit.limit,
    shareOf(limit, priority),
    Math.round(limit.windowMs * 1000),
    priority,
    Number.isFinite(maxWaitMs) ? Math.ceil(maxWaitMs) : Number.MAX_SAFE_INTEGER,
    member,
    urgentLeadMs
  ],
  {
    numberOfKeys: 3,
    lua: `
local time = redis.call("TIME")
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local algorithm, limit, share, window = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local priority, maxWait, member, lead = ARGV[5], tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8])
local function int(n) return string.format("%.0f", n) end

local free = now
local full
if algorithm == "token-bucket" then
  full = math.max(tonumber(redis.call("GET", KEYS[1]) or "0"), now)
  free = full - (share - 1) * (window / limit)
else
  redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", int(now - window))
  local blocking = redis.call("ZRANGE", KEYS[1], -share, -share, "WITHSCORES")
  if blocking[2] then free = tonumber(blocking[2]) + window end
end
local wait = math.max(0, math.ceil((free - now) / 1000), redis.call("PTTL", KEYS[2]))
if priority == "ordinary" then wait = math.max(wait, redis.call("PTTL", KEYS[3])) end

if wait > 0 then
  if priority == "urgent" and wait <= maxWait and redis.call("PTTL", KEYS[3]) < wait + lead then
    redis.call("SET", KEYS[3], "1", "PX", int(wait + lead))
  end
  return wait
end
if algorithm == "token-bucket" then
  local next = full + window / limit
  redis.call("SET", KEYS[1], int(next), "PX", int(math.ceil((next - now) / 1000) + 1))
else
  redis.call("ZADD", KEYS[1], int(now), member)
  redis.call("PEXPIRE", KEYS[1], int(math.ceil(window / 1000) + 1))
end
return 0
`
  }
).withReturnType<number>()

const blockTurns = Redis.script((key: string, durationMs: number): ReadonlyArray<unknown> => [key, durationMs], {
  numberOfKeys: 1,
  lua: `
if redis.call("PTTL", KEYS[1]) < tonumber(ARGV[1]) then redis.call("SET", KEYS[1], "1", "PX", ARGV[1]) end
return 0
`
}).withReturnType<number>()
