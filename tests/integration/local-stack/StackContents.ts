// Foreign boundary: leaves a trace in each part and looks for it, with the parts' own clients.

import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"
import { Kafka, logLevel } from "kafkajs"
import { createClient } from "redis"
import type { StackAddresses } from "../../../packages/local/src/index.ts"

const topic = "it-local-stack"

const withKafka = <A>(stack: StackAddresses, act: (kafka: Kafka) => Promise<A>): Effect.Effect<A> =>
  Effect.promise(() => act(new Kafka({ brokers: [...stack.kafkaBrokers], logLevel: logLevel.NOTHING })))

const withDatabase = <A, E>(stack: StackAddresses, act: (sql: PgClient.PgClient) => Effect.Effect<A, E>) =>
  PgClient.makeClient({ url: Redacted.make(stack.databaseUrl) }).pipe(
    Effect.flatMap(act),
    Effect.scoped,
    Effect.provide(Reactivity.layer),
    Effect.orDie
  )

/** The little of a Redis client that is used here; its full type depends on options. */
interface TextStore {
  readonly set: (key: string, value: string) => Promise<unknown>
  readonly get: (key: string) => Promise<unknown>
}

const withRedis = <A>(stack: StackAddresses, act: (client: TextStore) => Promise<A>) =>
  Effect.promise(async () => {
    const client = createClient({ url: stack.redisUrl as string })
    await client.connect()
    try {
      return await act(client)
    } finally {
      await client.close()
    }
  })

/** Writes a record, a schema, a row and a key. */
export const leaveTrace = Effect.fnUntraced(function* (stack: StackAddresses, text: string) {
  yield* withKafka(stack, async (kafka) => {
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
    await admin.disconnect()
    const producer = kafka.producer()
    await producer.connect()
    await producer.send({ topic, acks: -1, messages: [{ value: text }] })
    await producer.disconnect()
  })
  yield* Effect.promise(async () => {
    const schema = JSON.stringify({ $schema: "http://json-schema.org/draft-07/schema#", title: text, type: "object" })
    const answer = await fetch(`${stack.registryUrl}/subjects/${topic}-value/versions`, {
      method: "POST",
      headers: { "content-type": "application/vnd.schemaregistry.v1+json" },
      body: JSON.stringify({ schemaType: "JSON", schema })
    })
    if (!answer.ok) throw new Error(`registry: ${answer.status} ${await answer.text()}`)
  })
  yield* withDatabase(stack, (sql) =>
    Effect.andThen(
      sql`create table if not exists trace (text text not null)`,
      sql`insert into trace ${sql.insert([{ text }])}`
    )
  )
  yield* withRedis(stack, (client) => client.set("trace", text))
})

/** What each part still knows: record count, schema count, row count, key. */
export interface Traces {
  readonly records: number
  readonly subjects: number
  readonly rows: number
  readonly key: string | null
  readonly compatibility: string
}

/** Looks for what `leaveTrace` wrote. */
export const findTraces = Effect.fnUntraced(function* (stack: StackAddresses) {
  const records = yield* withKafka(stack, async (kafka) => {
    const admin = kafka.admin()
    await admin.connect()
    const topics = await admin.listTopics()
    const offsets = topics.includes(topic) ? await admin.fetchTopicOffsets(topic) : []
    await admin.disconnect()
    return offsets.reduce((sum, { high }) => sum + Number(high), 0)
  })
  const subjects = yield* Effect.promise(async () => (await fetch(`${stack.registryUrl}/subjects`)).json())
  const config = yield* Effect.promise(async () => (await fetch(`${stack.registryUrl}/config`)).json())
  const rows = yield* withDatabase(stack, (sql) =>
    Effect.gen(function* () {
      const tables = yield* sql`select 1 from pg_tables where tablename = 'trace'`
      return tables.length === 0 ? 0 : (yield* sql`select 1 from trace`).length
    })
  )
  const key = yield* withRedis(stack, (client) => client.get("trace"))
  return {
    records,
    subjects: (subjects as ReadonlyArray<string>).length,
    rows,
    key: key as string | null,
    compatibility: (config as { compatibilityLevel: string }).compatibilityLevel
  } satisfies Traces
})
