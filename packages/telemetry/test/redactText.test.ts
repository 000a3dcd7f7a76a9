import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { knownSecrets, redactorOf } from "../src/index.ts"

const env = {
  MILLRACE_MASTER_KEY: "bWFzdGVyLWtleS1jYW5hcnktMDAxMjM0NTY3ODkwMTI=",
  ALERT_SECRET: "whsec_YWxlcnQtc2VjcmV0LWNhbmFyeQ==",
  DATABASE_URL: "postgresql://millrace:data%2Fbase%20canary@127.0.0.1:5432/millrace",
  REDIS_URL: "redis://127.0.0.1:6379",
  KAFKA_SASL_PASSWORD: 'quote"canary"',
  KAFKA_TLS_KEY: "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIGtleSBjYW5hcnk\n-----END PRIVATE KEY-----\n",
  KAFKA_TLS_CA: "/etc/millrace/ca.pem",
  SHORT_TOKEN: "abc",
  LOG_LEVEL: "Information"
}

/**
 * @guarantee operation: No secret of the environment leaves a process in logs, traces, dead letters, health pages or reports
 * @how their known values are replaced where texts leave the process; secrets of accounts are `Redacted` values
 */
it("knows passwords, tokens and keys by their names, and passwords in addresses", () => {
  const secrets = knownSecrets(env)
  for (const secret of [
    env.MILLRACE_MASTER_KEY,
    "YWxlcnQtc2VjcmV0LWNhbmFyeQ==",
    "data/base canary",
    'quote"canary"',
    "MC4CAQAwBQYDK2VwBCIEIGtleSBjYW5hcnk"
  ])
    assert.include(secrets, secret)
  for (const harmless of ["abc", "Information", env.REDIS_URL, env.KAFKA_TLS_CA, "millrace"])
    assert.notInclude(secrets, harmless)
})

/** @guarantee operation: No secret of the environment leaves a process in logs, traces, dead letters, health pages or reports */
it("replaces them however a text writes them: plain, in JSON, in an address", () => {
  const redact = redactorOf(knownSecrets(env))
  assert.strictEqual(redact("no secret here"), "no secret here")
  assert.strictEqual(
    redact(`connect ${env.DATABASE_URL}`),
    "connect postgresql://millrace:<redacted>@127.0.0.1:5432/millrace"
  )
  assert.strictEqual(redact(`key=${env.MILLRACE_MASTER_KEY};`), "key=<redacted>;")
  assert.strictEqual(
    redact(JSON.stringify({ error: 'sasl quote"canary" refused' })),
    '{"error":"sasl <redacted> refused"}'
  )
  assert.strictEqual(redact(`?secret=${encodeURIComponent("YWxlcnQtc2VjcmV0LWNhbmFyeQ==")}`), "?secret=<redacted>")
})

it.effect.prop("never leaves a secret in a text", [Schema.String, Schema.String], ([before, after]) =>
  Effect.sync(() => {
    const redact = redactorOf(knownSecrets(env))
    for (const secret of knownSecrets(env)) assert.notInclude(redact(before + secret + after), secret)
  })
)
