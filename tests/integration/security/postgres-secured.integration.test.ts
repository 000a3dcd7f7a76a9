import { assert, describe, it } from "@effect/vitest"
import { layerDatabaseConfig } from "@millrace/store"
import { ConfigProvider, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { eventually } from "../pipelineRun.ts"
import { opensslInstalled } from "./Certificates.ts"
import { startSecuredPostgres } from "./SecuredPostgres.ts"

// A PostgreSQL that is reached over TLS only. What must hold: with its authority it is used as any other, migrations included;
// its certificate is checked whatever sslmode says; a wrong authority or password is told with what to do and no secret.

/** The store of a service with this environment; whether its connection is encrypted, as the server sees it. */
const encrypted = (environment: Readonly<Record<string, string>>) =>
  SqlClient.use((sql) => sql<{ ssl: boolean }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`).pipe(
    Effect.map((rows) => rows[0]?.ssl),
    Effect.provide(
      Layer.fresh(
        layerDatabaseConfig().pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: environment }))))
      ),
      { local: true }
    )
  )

describe.skipIf(!opensslInstalled)("a PostgreSQL that speaks TLS", () => {
  /** @guarantee operation: PostgreSQL, Redis and the schema registry are used over TLS with an authority of their own, and by nobody who does not know it */
  it.live("is used with its authority, and its certificate is always checked", () =>
    Effect.gen(function* () {
      const { authority, url } = yield* startSecuredPostgres
      const right = { DATABASE_URL: url, DATABASE_TLS_CA: authority.certificate }
      yield* eventually(
        "it has taken its certificate",
        Effect.orElseSucceed(encrypted(right), () => undefined)
      )
      assert.isTrue(yield* encrypted(right))
      assert.isTrue(yield* encrypted({ DATABASE_URL: url, DATABASE_TLS_CA: authority.certificateFile }))

      const refused = Effect.fnUntraced(function* (environment: Readonly<Record<string, string>>, says: RegExp) {
        const error = yield* Effect.flip(encrypted(environment))
        assert.match(error.message, says)
        const { password } = new URL(url)
        assert.notInclude(error.message, password)
        assert.notInclude(error.message, "wr0ng")
      })
      for (const mode of ["require", "verify-ca", "verify-full"]) {
        yield* refused(
          { DATABASE_URL: `${url}?sslmode=${mode}` },
          /signed by nobody trusted here: set DATABASE_TLS_CA/u
        )
      }
      yield* refused({ DATABASE_URL: url }, /no encryption|no pg_hba.conf entry/u)
      const elsewhere = new URL(url)
      elsewhere.hostname = "localhost"
      yield* refused({ ...right, DATABASE_URL: elsewhere.href }, /other names: write one of them in DATABASE_URL/u)
      const wrong = new URL(url)
      wrong.password = "wr0ng-s3cret"
      yield* refused({ ...right, DATABASE_URL: wrong.href }, /Check user and password in DATABASE_URL/u)
    }).pipe(Effect.scoped)
  )
})
