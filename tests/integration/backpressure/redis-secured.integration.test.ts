/**
 * A Redis that speaks TLS and asks for a password is used as any other; a wrong password or an untrusted certificate is
 * told without showing a secret.
 */
import { assert, describe, it } from "@effect/vitest"
import type { RateLimit } from "@millrace/store"
import { Effect, Logger } from "effect"
import { instanceOn, makeRedisServer, redisServerInstalled } from "./RedisServer.ts"

const limit: RateLimit = { api: "it", subject: "it-secured", algorithm: "sliding-window", limit: 8, windowMs: 60_000 }
const urgent = { priority: "urgent", maxWaitMs: 0 } as const

describe.skipIf(!redisServerInstalled)("a secured Redis", () => {
  /**
   * @guarantee operation: PostgreSQL, Redis and the schema registry are used over TLS with an authority of their own, and by nobody who does not know it
   * @how real servers with certificates of an authority of the test
   */
  it.live("is reached over TLS with its password, and by nobody else", () => {
    const log: Array<string> = []
    return Effect.gen(function* () {
      const server = yield* makeRedisServer({ password: "right-s3cret" })
      yield* server.start
      const url = (password: string) => `rediss://:${password}@127.0.0.1:${server.tlsPort}`
      const one = yield* instanceOn(url("right-s3cret"), server.certificate)
      yield* one.take(limit, urgent)
      assert.isTrue(one.shared())

      const wrong = yield* instanceOn(url("wrong-s3cret"), server.certificate)
      yield* wrong.take(limit, urgent)
      assert.isFalse(wrong.shared())
      const untrusting = yield* instanceOn(url("right-s3cret"))
      yield* untrusting.take(limit, urgent)
      assert.isFalse(untrusting.shared())

      const text = log.join("\n")
      assert.match(text, /WRONGPASS.*Check user and password in REDIS_URL/u)
      assert.match(text, /signed by nobody trusted here: set REDIS_TLS_CA/u)
      assert.notInclude(text, "s3cret")
    }).pipe(Effect.scoped, Effect.provide(Logger.layer([Logger.map(Logger.formatJson, (line) => log.push(line))])))
  })
})
