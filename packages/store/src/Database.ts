import { PgClient } from "@effect/sql-pg"
import { pem } from "@millrace/contracts"
import { Config, Effect, Layer, Option, Redacted } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { StoreError } from "./IntentLedger.ts"
import { migrate } from "./Migrations.ts"

export const DatabaseConfig = Config.all({
  /**
   * `postgresql://user:password@host:port/database`; with `?sslmode=require` over TLS. The server's certificate is then always
   * checked, as with `verify-full`.
   */
  url: Config.URL("DATABASE_URL").pipe(Config.map((url) => Redacted.make(url.href))),
  /** Certificates to trust, as PEM text or the path of a file with it; there is no connection without TLS then. Default: those that Node trusts. */
  tlsAuthority: Config.option(pem("certificate", "DATABASE_TLS_CA")).pipe(Config.map(Option.getOrUndefined)),
  /** Connections of this process at most; each action under way holds one for its commit. */
  maxConnections: Config.Int("DATABASE_POOL").pipe(Config.withDefault(10))
})

export interface DatabaseOptions {
  readonly url: Redacted.Redacted
  /** Certificates to trust, as PEM text; with it every connection is by TLS, whatever the address says. */
  readonly tlsAuthority?: string | undefined
  /** Default 10. */
  readonly maxConnections?: number
  /** Connections kept open, so that an order never waits for one to be made; default 1. */
  readonly minConnections?: number
  /** Schema that all tables live in; absent: the user's default. It must exist. */
  readonly schema?: string
  /** Shown in `pg_stat_activity`. */
  readonly applicationName?: string
}

/** Pool without migrations; `layerDatabase` is what a worker takes. */
export const layerPool = (options: DatabaseOptions): Layer.Layer<PgClient.PgClient | SqlClient, StoreError> =>
  PgClient.layer({
    url: options.url,
    ...(options.tlsAuthority === undefined ? {} : { ssl: { ca: options.tlsAuthority } }),
    maxConnections: options.maxConnections ?? 10,
    minConnections: options.minConnections ?? 1,
    connectTimeout: "5 seconds",
    applicationName: options.applicationName ?? "millrace",
    ...(options.schema === undefined ? {} : { startupParameters: { search_path: options.schema } })
  }).pipe(
    Layer.catch((error: SqlError) => {
      const operation = `connect to ${placeOf(options.url)}`
      return Layer.effectContext(Effect.fail(new StoreError({ operation, cause: error })))
    })
  )

/** Host, port and database of a URL, without user and password. */
const placeOf = (url: Redacted.Redacted): string => {
  const { host, pathname } = new URL(Redacted.value(url))
  return `${host}${pathname}`
}

/** PostgreSQL with the tables of this version: migrated before anything else uses it, safe with several starting at once. */
export const layerDatabase = (options: DatabaseOptions): Layer.Layer<PgClient.PgClient | SqlClient, StoreError> =>
  Layer.effectDiscard(
    Effect.mapError(migrate, ({ cause }) => {
      const operation = `migrate the tables at ${placeOf(options.url)}`
      return new StoreError({ operation, cause })
    })
  ).pipe(Layer.provideMerge(layerPool(options)))

/** The same from the settings `DATABASE_…`. */
export const layerDatabaseConfig = (
  options: Omit<DatabaseOptions, keyof Config.Success<typeof DatabaseConfig>> = {}
): Layer.Layer<PgClient.PgClient | SqlClient, StoreError | Config.ConfigError> =>
  Layer.unwrap(Effect.map(DatabaseConfig, (config) => layerDatabase({ ...options, ...config })))

/** PostgreSQL as it is, from the settings `DATABASE_…`: for who only looks, as nothing is migrated. */
export const layerPoolConfig = (
  options: Omit<DatabaseOptions, keyof Config.Success<typeof DatabaseConfig>> = {}
): Layer.Layer<PgClient.PgClient | SqlClient, StoreError | Config.ConfigError> =>
  Layer.unwrap(Effect.map(DatabaseConfig, (config) => layerPool({ ...options, ...config })))
