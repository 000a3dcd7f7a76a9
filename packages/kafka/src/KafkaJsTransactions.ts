// Foreign boundary: kafkajs's transactional producer, which speaks in promises.
import { type Context, Duration, Effect, type Scope, Semaphore } from "effect"
import { Kafka, type Producer as KafkaJsTransactional, Partitioners, type TopicMessages } from "kafkajs"
import type { KafkaError, OffsetCommit, ProducerRecord, TransactionalProducer } from "./KafkaClient.ts"
import type { KafkaSettings } from "./KafkaConfig.ts"
import { kafkaError } from "./KafkaErrors.ts"
import { toKafkaError } from "./KafkaJsErrors.ts"
import { byTopic } from "./KafkaJsMember.ts"
import { kafkaJsConfig } from "./KafkaJsSettings.ts"

const transactionTimeoutMs = 60_000
/** With kafkajs's defaults each transaction waits 300 ms for the end of the one before. */
const retry = { initialRetryTime: 5, maxRetryTime: 200, retries: 50 }

const messagesOf = (records: ReadonlyArray<ProducerRecord>): Array<TopicMessages> => {
  const topics = new Map<string, TopicMessages>()
  for (const { topic, partition, key, value, headers } of records) {
    const message = {
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      headers: Object.fromEntries(
        Object.entries(headers ?? {}).map(([name, header]) => [
          name,
          typeof header === "string" ? header : Buffer.from(header)
        ])
      ),
      ...(partition === undefined ? {} : { partition })
    }
    const found = topics.get(topic)
    if (found === undefined) topics.set(topic, { topic, messages: [message] })
    else found.messages.push(message)
  }
  return [...topics.values()]
}

const offsetsOf = (offsets: ReadonlyArray<OffsetCommit>) =>
  byTopic(offsets, ({ partition, offset, metadata }) => ({ partition, offset: `${offset}`, metadata })).map(
    ({ topic, partitions }) => ({ topic, partitions: [...partitions] })
  )

/** Fails without beginning; or commits; or aborts and fails. */
const runTransaction = async (
  producer: KafkaJsTransactional,
  records: ReadonlyArray<ProducerRecord>,
  input: { readonly groupId: string; readonly offsets: ReadonlyArray<OffsetCommit> }
): Promise<void> => {
  const transaction = await producer.transaction()
  try {
    if (records.length > 0) await transaction.sendBatch({ topicMessages: messagesOf(records), acks: -1 })
    if (input.offsets.length > 0) {
      await transaction.sendOffsets({ consumerGroupId: input.groupId, topics: offsetsOf(input.offsets) })
    }
    await transaction.commit()
  } catch (cause) {
    if (transaction.isActive()) await transaction.abort().catch(() => {})
    throw cause
  }
}

/**
 * A transactional producer: one transaction at a time.
 *
 * After a failure the underlying producer is replaced, as what it knows of its last transaction may be wrong; the new one's start fences
 * the old and ends what it left open. A failed commit may have been done all the same: the caller reads the committed offsets. Once
 * another producer took over the transactional id, every call fails with `fenced`.
 */
export const kafkaJsTransactionalProducer = (
  settings: KafkaSettings,
  context: Context.Context<never>,
  options: { readonly clientId: string; readonly transactionalId: string }
): Effect.Effect<TransactionalProducer, KafkaError, Scope.Scope> =>
  Effect.gen(function* () {
    const operation = `transaction ${options.transactionalId}`
    const turn = Semaphore.makeUnsafe(1)
    let current: KafkaJsTransactional | undefined
    let fenced: KafkaError | undefined
    let closed = false

    const open = async (): Promise<KafkaJsTransactional> => {
      const producer = new Kafka(kafkaJsConfig(settings, options.clientId, context)).producer({
        transactionalId: options.transactionalId,
        idempotent: true,
        maxInFlightRequests: 1,
        transactionTimeout: transactionTimeoutMs,
        allowAutoTopicCreation: false,
        createPartitioner: Partitioners.DefaultPartitioner,
        retry
      })
      await producer.connect()
      return producer
    }

    const drop = (producer: KafkaJsTransactional | undefined): Effect.Effect<void> =>
      Effect.promise(() => producer?.disconnect().catch(() => {}) ?? Promise.resolve()).pipe(
        Effect.timeout(Duration.seconds(1)),
        Effect.ignore
      )

    const attempt = (
      records: ReadonlyArray<ProducerRecord>,
      input: Parameters<TransactionalProducer["transact"]>[1]
    ): Effect.Effect<void, KafkaError> =>
      Effect.tryPromise({
        try: async () => {
          current ??= await open()
          await runTransaction(current, records, input)
        },
        catch: toKafkaError(operation)
      }).pipe(
        Effect.tapError((error) => {
          if (error.reason === "fenced") fenced = error
          const failed = current
          current = undefined
          return drop(failed)
        })
      )

    yield* Effect.tryPromise({ try: async () => (current = await open()), catch: toKafkaError(operation) })
    yield* Effect.addFinalizer(() => {
      closed = true
      return drop(current)
    })
    return {
      transact: (records, input) =>
        turn.withPermits(1)(
          Effect.suspend(() => {
            if (closed) return kafkaError(operation, "closed", "The producer is closed")
            return fenced ?? Effect.uninterruptible(attempt(records, input))
          })
        )
    }
  })
