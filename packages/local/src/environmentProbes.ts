import { SchemaRegistry } from "@millrace/contracts"
import { KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { DatabaseConfig, layerPool, layerRedisOf, RedisConfig } from "@millrace/store"
import { type Config, Duration, Effect, Option } from "effect"
import { Redis } from "effect/persistence"
import { SqlClient } from "effect/sql/SqlClient"
import type { NoAnswer } from "./Probes.ts"

// Servers that the environment names are asked as the services ask them: with their TLS, their authorities and passwords.

type Failure = { readonly message: string }

const within = "15 seconds"

const probing = <A, E extends Failure>(
  probe: Effect.Effect<A, E | Config.ConfigError>
): Effect.Effect<void, NoAnswer> =>
  probe.pipe(
    Effect.timeoutOrElse({ duration: within, orElse: () => Effect.fail({ message: `no answer within ${within}` }) }),
    Effect.mapError((error: Failure) => ({ reason: error.message.split("\n")[0]! })),
    Effect.asVoid
  )

/** Succeeds when the brokers of `KAFKA_BROKERS` take us in and list their topics. */
export const probeNamedKafka: Effect.Effect<void, NoAnswer> = probing(
  KafkaClient.use(({ admin }) => admin.listTopics).pipe(Effect.provide(KafkaJsClient.layer, { local: true }))
)

/** Succeeds when the registry of `SCHEMA_REGISTRY_URL` answers for a subject, be it there or not. */
export const probeNamedRegistry: Effect.Effect<void, NoAnswer> = probing(
  SchemaRegistry.use((registry) => registry.versions("market-ticks-value")).pipe(
    Effect.provide(SchemaRegistry.layer, { local: true })
  )
)

/** Succeeds when PostgreSQL of `DATABASE_URL` answers a query. */
export const probeNamedPostgres: Effect.Effect<void, NoAnswer> = probing(
  Effect.gen(function* () {
    const { tlsAuthority, url } = yield* DatabaseConfig
    const pool = layerPool({ url, tlsAuthority, maxConnections: 1, applicationName: "millrace-local" })
    yield* SqlClient.use((sql) => sql`select 1`).pipe(Effect.provide(pool, { local: true }))
  })
)

/** Succeeds when Redis of `REDIS_URL` answers PING; without that setting too. */
export const probeNamedRedis: Effect.Effect<void, NoAnswer> = probing(
  Effect.gen(function* () {
    const { connectTimeout, reconnectMax, tlsCa, url } = yield* RedisConfig
    if (Option.isNone(url)) return
    const connection = layerRedisOf({
      url: url.value,
      connectTimeoutMs: Duration.toMillis(connectTimeout),
      reconnectMaxMs: Duration.toMillis(reconnectMax),
      ...(Option.isSome(tlsCa) ? { tlsCa: tlsCa.value } : {})
    })
    const ping = Effect.flatMap(Redis.Redis, (redis) => redis.send("PING"))
    yield* ping.pipe(
      Effect.mapError(({ cause }) => ({ message: cause instanceof Error ? cause.message : String(cause) })),
      Effect.provide(connection, { local: true })
    )
  })
)
