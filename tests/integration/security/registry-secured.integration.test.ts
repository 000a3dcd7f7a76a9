import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { SchemaRegistry } from "@millrace/contracts"
import { ConfigProvider, Effect, Layer } from "effect"
import { inject } from "vitest"
import { makeAuthority, opensslInstalled } from "./Certificates.ts"
import { tlsProxyTo } from "./TlsProxy.ts"

// The registry behind TLS and basic authentication. What must hold: with its authority and a password, whatever letters that has,
// it is used as any other; otherwise the error says what to do and shows no password.

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-secured-registry-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const schema = JSON.stringify({ $schema: "http://json-schema.org/draft-07/schema#", type: "object" })

/** Registers a schema and finds it again, as a service with this environment would. */
const roundTrip = (environment: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const registry = yield* SchemaRegistry
    const id = yield* registry.register("it-secured-value", schema)
    assert.strictEqual(yield* registry.idOf("it-secured-value", schema), id)
    return registry.address
  }).pipe(
    Effect.provide(
      SchemaRegistry.layer.pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: environment })))),
      { local: true }
    )
  )

describe.skipIf(!opensslInstalled)("a registry behind TLS and a password", () => {
  /** @guarantee operation: PostgreSQL, Redis and the schema registry are used over TLS with an authority of their own, and by nobody who does not know it */
  it.live("is used with its authority and password, and by nobody else", () =>
    Effect.gen(function* () {
      const authority = makeAuthority(yield* folder, "ours")
      const password = "s3cret:/@ü%"
      const port = yield* tlsProxyTo(
        new URL(inject("stack").registryUrl).origin,
        authority.issue("registry", ["IP:127.0.0.1"]),
        `reader:${password}`
      )
      const { pathname } = new URL(inject("stack").registryUrl)
      const url = (given: string, host = "127.0.0.1") =>
        `https://reader:${encodeURIComponent(given)}@${host}:${port}${pathname}`
      const right = { SCHEMA_REGISTRY_URL: url(password), SCHEMA_REGISTRY_TLS_CA: authority.certificate }
      assert.strictEqual(yield* roundTrip(right), `https://127.0.0.1:${port}${pathname}`)
      assert.notInclude(yield* roundTrip({ ...right, SCHEMA_REGISTRY_TLS_CA: authority.certificateFile }), "reader")

      const refused = Effect.fnUntraced(function* (environment: Readonly<Record<string, string>>, says: RegExp) {
        const error = yield* Effect.flip(roundTrip(environment))
        assert.match(error.message, says)
        assert.notInclude(error.message, "s3cret")
        assert.notInclude(JSON.stringify(error), "s3cret")
      })
      yield* refused(
        { SCHEMA_REGISTRY_URL: url(password) },
        /signed by nobody trusted here: set SCHEMA_REGISTRY_TLS_CA/u
      )
      yield* refused({ ...right, SCHEMA_REGISTRY_URL: url(password, "localhost") }, /other names: write one of them/u)
      yield* refused(
        { ...right, SCHEMA_REGISTRY_URL: url("wr0ng-s3cret") },
        /Check user and password in SCHEMA_REGISTRY_URL/u
      )
    }).pipe(Effect.scoped)
  )
})
