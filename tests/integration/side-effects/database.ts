// Foreign boundary: names a schema at random, so that runs side by side do not meet.
import { randomBytes } from "node:crypto"
import type { PgClient } from "@effect/sql-pg"
import { type DatabaseOptions, layerDatabase, layerPool, type StoreError } from "@millrace/store"
import { Config, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** Address of the PostgreSQL that the tests were given. */
export const databaseUrl = Config.Redacted("DATABASE_URL")

type Database = Layer.Layer<PgClient.PgClient | SqlClient, StoreError | Config.ConfigError>

const inOwnSchema = (connect: (options: DatabaseOptions) => Database): Database =>
  Layer.unwrap(
    Effect.gen(function* () {
      const url = yield* databaseUrl
      const schema = `it_${randomBytes(6).toString("hex")}`
      const admin = layerPool({ url, maxConnections: 1 })
      const owned = Layer.effectDiscard(
        Effect.acquireRelease(
          SqlClient.use((sql) => sql`create schema ${sql(schema)}`).pipe(Effect.provide(admin, { local: true })),
          () =>
            SqlClient.use((sql) => sql`drop schema ${sql(schema)} cascade`).pipe(
              Effect.provide(admin, { local: true }),
              Effect.orDie
            )
        ).pipe(Effect.orDie)
      )
      return connect({ url, schema, maxConnections: 12 }).pipe(Layer.provide(owned))
    })
  )

/** An empty database of Millrace in a schema of its own, dropped at the end. */
export const layerOwnSchema: Database = inOwnSchema(layerDatabase)

/** A schema of its own without any table, dropped at the end. */
export const layerEmptySchema: Database = inOwnSchema(layerPool)
