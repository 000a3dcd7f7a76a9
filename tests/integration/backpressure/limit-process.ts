import { type RateLimit, RateLimits } from "@millrace/store"
import { wallClockMs } from "@millrace/telemetry"
import { Effect } from "effect"
import { takeTurnsUntil } from "../../../packages/testkit/src/RateLimitSuite.ts"

/** An instance as a process of its own: takes turns until the time is over; one that blocks does so in the middle. */
const [subject, end, mode] = process.argv.slice(2)
const endMs = Number(end)
const limit: RateLimit = { api: "it", subject: subject!, algorithm: "sliding-window", limit: 5, windowMs: 500 }

const main = Effect.gen(function* () {
  const limits = yield* RateLimits
  const first = yield* takeTurnsUntil(limit, endMs - 2000)
  let blockedAtMs: number | undefined
  if (mode === "blocks") {
    yield* limits.block(limit, 1000)
    blockedAtMs = yield* wallClockMs
  }
  const turns = [...first, ...(yield* takeTurnsUntil(limit, endMs))]
  process.stdout.write(JSON.stringify({ turns, blockedAtMs }))
})

await Effect.runPromise(Effect.provide(main, RateLimits.layer))
