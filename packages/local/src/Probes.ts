// Foreign boundary: asks each server for an answer with its own client.

import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"
import { Kafka, logLevel } from "kafkajs"
import { createClient } from "redis"

/** Why a server did not answer; short, without secrets. */
export type NoAnswer = { readonly reason: string }

const reasonOf = (cause: unknown): NoAnswer => ({
  reason: cause instanceof Error ? (cause.message === "" ? cause.name : cause.message).split("\n")[0]! : String(cause)
})

const bounded = <A>(effect: Effect.Effect<A, NoAnswer>): Effect.Effect<A, NoAnswer> =>
  Effect.timeoutOrElse(effect, { duration: "5 seconds", orElse: () => Effect.fail({ reason: "no answer within 5 s" }) })

/** Succeeds when a broker answers with the cluster's metadata. */
export const probeKafka = (brokers: ReadonlyArray<string>): Effect.Effect<void, NoAnswer> =>
  bounded(
    Effect.tryPromise({
      try: async () => {
        const kafka = new Kafka({
          brokers: [...brokers],
          clientId: "millrace-local",
          logLevel: logLevel.NOTHING,
          connectionTimeout: 2000,
          retry: { retries: 0 }
        })
        const admin = kafka.admin()
        try {
          await admin.connect()
          const cluster = await admin.describeCluster()
          if (cluster.brokers.length === 0) throw new Error("the cluster has no broker yet")
        } finally {
          await admin.disconnect()
        }
      },
      catch: reasonOf
    })
  )

/** Succeeds when the registry lists its subjects; `url` is that of the Confluent API. */
export const probeRegistry = (url: string): Effect.Effect<void, NoAnswer> =>
  bounded(
    Effect.tryPromise({
      try: async (signal) => {
        const answer = await fetch(`${url}/subjects`, { signal })
        if (!answer.ok) throw new Error(`status ${answer.status}`)
        await answer.arrayBuffer()
      },
      catch: reasonOf
    })
  )

/** Sets the compatibility of all subjects; the registry's own default checks nothing. */
export const setCompatibility = (url: string, compatibility: string): Effect.Effect<void, NoAnswer> =>
  bounded(
    Effect.tryPromise({
      try: async (signal) => {
        const answer = await fetch(`${url}/config`, {
          method: "PUT",
          headers: { "content-type": "application/vnd.schemaregistry.v1+json" },
          body: JSON.stringify({ compatibility }),
          signal
        })
        if (!answer.ok) throw new Error(`setting the compatibility: status ${answer.status}`)
        await answer.arrayBuffer()
      },
      catch: reasonOf
    })
  )

/** Makes a database when it is not there. Succeeds when the server answers. */
export const ensureDatabase = (url: string, name: string | undefined): Effect.Effect<void, NoAnswer> =>
  bounded(
    Effect.gen(function* () {
      const sql = yield* PgClient.makeClient({ url: Redacted.make(url), connectTimeout: "3 seconds" })
      const found = yield* sql`select 1 as found from pg_database where datname = ${name ?? "postgres"}`
      if (name !== undefined && found.length === 0) yield* sql`create database ${sql(name)}`
    }).pipe(
      Effect.scoped,
      Effect.provide(Reactivity.layer),
      Effect.mapError((error) => reasonOf(error.reason.cause ?? error))
    )
  )

/** Succeeds when PostgreSQL answers a query. */
export const probePostgres = (url: string): Effect.Effect<void, NoAnswer> => ensureDatabase(url, undefined)

/** Succeeds when Redis answers PING. */
export const probeRedis = (url: string): Effect.Effect<void, NoAnswer> =>
  bounded(
    Effect.tryPromise({
      try: async () => {
        const client = createClient({ url, socket: { connectTimeout: 2000, reconnectStrategy: false } })
        client.on("error", () => {})
        try {
          await client.connect()
          await client.ping()
        } finally {
          client.destroy()
        }
      },
      catch: reasonOf
    })
  )
