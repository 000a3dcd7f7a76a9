import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import { deriveApiKey, makeApiKeys, permits } from "../src/ApiKeys.ts"
import { makeRateLimits } from "../src/RateLimits.ts"
import { restMessage, sign, streamMessage } from "../src/Signature.ts"

const NOW = 1_700_000_000_000
const keys = () => {
  const made = makeApiKeys(30_000)
  const credentials = deriveApiKey("seed", "alice")
  made.add({ ...credentials, accountId: "alice", permissions: ["futures:*"], active: true })
  return { made, ...credentials }
}
const signed = (secret: string, timestamp: number, data = "") => ({
  timestamp: String(timestamp),
  messages: (at: string) => [restMessage(at, "GET", "/v3/account", data)],
  signature: sign(secret, restMessage(String(timestamp), "GET", "/v3/account", data))
})
const why = (result: Result.Result<unknown, { message: string }>) =>
  Result.isFailure(result) ? result.failure.message : "accepted"

it("accepts a timestamp within 30 s and refuses one outside, either way", () => {
  const { made, key, secret, passphrase } = keys()
  const check = (at: number) => why(made.checkRest({ key, passphrase, ...signed(secret, at) }, NOW))
  assert.strictEqual(check(NOW - 30_000), "accepted")
  assert.strictEqual(check(NOW + 30_000), "accepted")
  assert.include(check(NOW - 30_001), "expected within")
  assert.include(check(NOW + 30_001), "expected within")
})

it("refuses a changed body, a wrong secret, passphrase or key, and missing headers", () => {
  const { made, key, secret, passphrase } = keys()
  const good = { key, passphrase, ...signed(secret, NOW) }
  assert.include(why(made.checkRest({ ...good, messages: signed(secret, NOW, "{}").messages }, NOW)), "Signature")
  assert.include(why(made.checkRest({ ...good, ...signed("x", NOW) }, NOW)), "Signature")
  assert.include(why(made.checkRest({ ...good, passphrase: "x" }, NOW)), "passphrase")
  assert.include(why(made.checkRest({ ...good, key: "x" }, NOW)), "key")
  assert.include(why(made.checkRest({ ...good, signature: undefined }, NOW)), "missing")
})

it("takes a stream nonce once", () => {
  const { made, key, secret, passphrase } = keys()
  const nonce = "0123456789abcdef"
  const request = { key, passphrase, timestamp: NOW, nonce, signature: sign(secret, streamMessage(NOW, nonce)) }
  assert.strictEqual(why(made.checkStream(request, NOW)), "accepted")
  assert.include(why(made.checkStream(request, NOW + 1)), "Nonce")
})

it("covers permissions by wildcard and by name only", () => {
  assert.isTrue(permits(["futures:*"], "futures:isolated:write"))
  assert.isTrue(permits(["futures:isolated:read"], "futures:isolated:read"))
  assert.isFalse(permits(["futures:isolated:read"], "futures:isolated:write"))
  assert.isFalse(permits(["account:*"], "futures:cross:read"))
})

it("passes five requests a second of one account and names the seconds to wait for the sixth", () => {
  const limits = makeRateLimits()
  const take = (who: string, nowMs: number, requests = 5, perMs = 1000) =>
    limits.take(who, { requests, perMs }, nowMs).retryAfterSeconds
  for (let i = 0; i < 5; i++) assert.strictEqual(take("a", 0), 0)
  assert.strictEqual(take("a", 0), 1)
  assert.strictEqual(take("b", 0), 0)
  assert.strictEqual(take("a", 201), 0)
  assert.strictEqual(take("a", 201, 0), 0)
  for (let i = 0; i < 30; i++) assert.strictEqual(take("c", 0, 30, 60_000), 0)
  assert.strictEqual(take("c", 0, 30, 60_000), 2)
  assert.strictEqual(take("c", 2001, 30, 60_000), 0)
})
