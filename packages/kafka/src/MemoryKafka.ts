import { Clock, Context, type Duration, Effect, Layer } from "effect"
import { type ConsumedRecord, KafkaClient, type KafkaError } from "./KafkaClient.ts"
import { kafkaError } from "./KafkaErrors.ts"
import { memoryAdmin } from "./MemoryAdmin.ts"
import { MemoryBroker } from "./MemoryBroker.ts"
import { MemoryConsumer } from "./MemoryConsumer.ts"
import type { PlannedFailure } from "./MemoryFaults.ts"
import { MemoryGroup } from "./MemoryGroup.ts"
import { memoryProducer, memoryTransactionalProducer } from "./MemoryProducer.ts"

/** A record of the in-memory broker, with its place. */
export interface StoredAt extends ConsumedRecord {
  readonly partition: number
}

/** Lets a test break the in-memory broker and look into it. Failures are met once each, in the order planned. */
export class MemoryKafkaControl extends Context.Service<
  MemoryKafkaControl,
  {
    readonly failNextSends: (count: number, failure: PlannedFailure) => Effect.Effect<void>
    readonly failNextCommits: (count: number, failure: PlannedFailure) => Effect.Effect<void>
    readonly failNextTransactions: (count: number, failure: PlannedFailure) => Effect.Effect<void>
    /** Each send takes this long from now on; `undefined` ends it. */
    readonly delaySends: (delay: Duration.Duration | undefined) => Effect.Effect<void>
    /** `false`: every call fails with `unavailable` and nothing is delivered, until `true`. Members keep their partitions. */
    readonly setAvailable: (available: boolean) => Effect.Effect<void>
    /** Revokes and assigns anew, as when a member came and went. */
    readonly rebalance: (groupId: string) => Effect.Effect<void>
    /** Gives the member's partitions to others; it goes on reading, and learns it at its next heartbeat or commit. */
    readonly expel: (groupId: string, clientId: string) => Effect.Effect<void>
    /** Calls `onFailure` of the consumer. */
    readonly crash: (clientId: string, error: KafkaError) => Effect.Effect<void>
    /** Removes every record that has a later one of its key. */
    readonly compact: (topic: string) => Effect.Effect<void>
    /** All visible records of the topic, partition by partition. */
    readonly records: (topic: string) => Effect.Effect<ReadonlyArray<StoredAt>>
  }
>()("@millrace/kafka/MemoryKafkaControl") {}

const makeMemoryKafka = Effect.gen(function* () {
  const scope = yield* Effect.scope
  const broker = new MemoryBroker()
  const groups = new Map<string, MemoryGroup>()
  const consumers = new Set<MemoryConsumer>()

  const group = (groupId: string): Effect.Effect<MemoryGroup> =>
    Effect.suspend(() => {
      const found = groups.get(groupId)
      if (found !== undefined) return Effect.succeed(found)
      const made = new MemoryGroup(broker, scope)
      groups.set(groupId, made)
      return Effect.as(Effect.forkIn(made.run, scope), made)
    })

  const consumer: KafkaClient["Service"]["consumer"] = Effect.fnUntraced(function* (options, listener) {
    for (const { topic } of options.topics) {
      if (!broker.topics.has(topic)) {
        const found = `Topic ${topic} does not exist; create it before reading it`
        return yield* kafkaError(`join group ${options.groupId}`, "notFound", found)
      }
    }
    const made = new MemoryConsumer({
      broker,
      group: yield* group(options.groupId),
      options,
      listener,
      context: yield* Effect.context<never>(),
      clock: yield* Clock.Clock,
      scope
    })
    consumers.add(made)
    broker.waiting.add(made.wake)
    yield* Effect.forkScoped(made.pump)
    yield* Effect.addFinalizer(() =>
      Effect.andThen(
        made.leave,
        Effect.sync(() => {
          broker.waiting.delete(made.wake)
          consumers.delete(made)
        })
      )
    )
    made.join()
    return {
      pause: (partitions) => made.pause(partitions, true),
      resume: (partitions) => made.pause(partitions, false),
      commit: (epoch, offsets) => Effect.suspend(() => made.commit(epoch, offsets)),
      leave: made.leave
    }
  })

  const client = KafkaClient.of({
    admin: memoryAdmin(broker, group),
    producer: () => Effect.sync(() => memoryProducer(broker)),
    transactionalProducer: ({ transactionalId }) =>
      Effect.sync(() => memoryTransactionalProducer(broker, group, transactionalId)),
    consumer
  })
  return Context.make(KafkaClient, client).pipe(Context.add(MemoryKafkaControl, makeControl(broker, group, consumers)))
})

const makeControl = (
  broker: MemoryBroker,
  group: (groupId: string) => Effect.Effect<MemoryGroup>,
  consumers: ReadonlySet<MemoryConsumer>
): MemoryKafkaControl["Service"] => {
  const { faults } = broker
  const called = (clientId: string) => [...consumers].filter((consumer) => consumer.clientId === clientId)
  return MemoryKafkaControl.of({
    failNextSends: (count, failure) => Effect.sync(() => faults.plan("send", count, failure)),
    failNextCommits: (count, failure) => Effect.sync(() => faults.plan("commit", count, failure)),
    failNextTransactions: (count, failure) => Effect.sync(() => faults.plan("transaction", count, failure)),
    delaySends: (delay) =>
      Effect.sync(() => {
        faults.sendDelay = delay
      }),
    setAvailable: (available) =>
      Effect.sync(() => {
        faults.available = available
        broker.wakeConsumers()
      }),
    rebalance: (groupId) => Effect.map(group(groupId), (found) => found.rebalance()),
    expel: (groupId, clientId) =>
      Effect.forEach(
        called(clientId).filter((consumer) => consumer.parts.options.groupId === groupId),
        (consumer) => consumer.expel,
        { discard: true }
      ),
    crash: (clientId, error) =>
      Effect.sync(() => {
        for (const consumer of called(clientId)) consumer.parts.listener.onFailure(error)
      }),
    compact: (topic) =>
      Effect.sync(() => {
        for (const log of broker.topics.get(topic)?.partitions ?? []) log.compact()
      }),
    records: (topic) =>
      Effect.sync(() =>
        (broker.topics.get(topic)?.partitions ?? []).flatMap((log, partition) =>
          log.read(log.startOffset, Number.MAX_SAFE_INTEGER).records.map((record) => ({ ...record, partition }))
        )
      )
  })
}

/**
 * Kafka in memory, for tests: same promises as the real driver by one conformance suite.
 *
 * All scheduling is Effect's, so a run under a test clock is repeatable. Nothing takes time but what a test delays.
 */
export const MemoryKafka = {
  layer: Layer.effectContext(makeMemoryKafka)
}
