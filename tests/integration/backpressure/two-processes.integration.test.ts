/**
 * Two processes use one account as fast as they may. Together they never send more than the limit in any window, and
 * what one of them is told by the exchange (429 with Retry-After) holds for the other.
 */

import { execFile } from "node:child_process"
import { randomBytes } from "node:crypto"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { mostInAWindow, type Turn } from "../../../packages/testkit/src/RateLimitSuite.ts"

const script = fileURLToPath(new URL("limit-process.ts", import.meta.url))

export interface LimitReport {
  readonly turns: ReadonlyArray<Turn>
  /** When this process told the others to wait, if it did. */
  readonly blockedAtMs: number | undefined
}

const limitProcess = (...args: ReadonlyArray<string>) =>
  Effect.callback<LimitReport>((resume) => {
    execFile(process.execPath, [script, ...args], (error, output, log) => {
      if (error !== null) resume(Effect.die(new Error(`${error.message}\n${log}`)))
      else resume(Effect.succeed(JSON.parse(output)))
    })
  })

describe.skipIf(process.env.REDIS_URL === undefined)("two processes", () => {
  it.live("share one limit, and one block", () =>
    Effect.gen(function* () {
      const subject = `it-${randomBytes(6).toString("hex")}`
      const endMs = Date.now() + 8000
      const [one, other] = yield* Effect.all(
        [limitProcess(subject, `${endMs}`, "blocks"), limitProcess(subject, `${endMs}`)],
        { concurrency: 2 }
      )
      const turns = [...one.turns, ...other.turns]
      assert.isAtMost(mostInAWindow(turns, 500), 5)
      assert.isAbove(one.turns.length, 0)
      assert.isAbove(other.turns.length, 0)
      const blockedAtMs = one.blockedAtMs!
      const duringBlock = turns.filter(({ askedMs }) => askedMs > blockedAtMs && askedMs < blockedAtMs + 990)
      assert.deepStrictEqual(duringBlock, [])
      assert.isAbove(other.turns.filter(({ givenMs }) => givenMs > blockedAtMs + 1000).length, 0)
    })
  )
})
