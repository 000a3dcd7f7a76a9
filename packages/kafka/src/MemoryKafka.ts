import { Clock, Context, type Duration, Effect, Layer } from "effect"
import {
  type ConsumedRecord,
  type ConsumerListener,
  type ConsumerOptions,
  KafkaClient,
  type KafkaError,
  type OffsetCommit,
  type TopicPartition
} from "./KafkaClient.ts"
import { kafkaError } from "./KafkaErrors.ts"
import { memoryAdmin } from "./MemoryAdmin.ts"
import { type BrokerEvent, MemoryBroker } from "./MemoryBroker.ts"
import { MemoryConsumer } from "./MemoryConsumer.ts"
import type { FaultyOperation, PlannedFailure, Trouble } from "./MemoryFaults.ts"
import { MemoryGroup } from "./MemoryGroup.ts"
import { MemoryLink } from "./MemoryLink.ts"
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
    /** What befalls the calls of one kind from now on; `undefined` ends it. */
    readonly setTrouble: (operation: FaultyOperation, trouble: Trouble | undefined) => Effect.Effect<void>
    /** A client of its own for a process, whose link can be cut. */
    readonly client: (process: string) => KafkaClient["Service"]
    /**
     * `false`: no request of the process arrives and no answer reaches it, until `true`; each call fails after 2 s. The group
     * puts its members out after their session timeout; they give back by themselves then.
     */
    readonly setConnected: (process: string, connected: boolean) => Effect.Effect<void>
    /** Tells of everything that happens at the broker, in its order. */
    readonly observe: (observer: (event: BrokerEvent) => void) => Effect.Effect<void>
    /** `false`: every call fails with `unavailable` and nothing is delivered, until `true`. Sessions do not run out. */
    readonly setAvailable: (available: boolean) => Effect.Effect<void>
    /** Fetches or heartbeats of all consumers never end, not even in failure, until `undefined`: a client that is stuck. */
    readonly stall: (what: "fetches" | "heartbeats" | undefined) => Effect.Effect<void>
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

/** Links of processes that can be cut, by name; the plain client's is the one without a name. */
class MemoryCluster {
  readonly broker: MemoryBroker
  readonly consumers = new Set<MemoryConsumer>()
  readonly groups = new Map<string, MemoryGroup>()
  private readonly links = new Map<string, MemoryLink>()

  constructor(context: Context.Context<never>) {
    this.broker = new MemoryBroker(context)
  }

  readonly group = (groupId: string): MemoryGroup => {
    const found = this.groups.get(groupId)
    if (found !== undefined) return found
    const made = new MemoryGroup(groupId, this.broker)
    this.groups.set(groupId, made)
    return made
  }

  link(name: string): MemoryLink {
    const found = this.links.get(name) ?? new MemoryLink(name, this.broker)
    this.links.set(name, found)
    return found
  }

  client(link: MemoryLink): KafkaClient["Service"] {
    const { broker, group } = this
    return KafkaClient.of({
      admin: memoryAdmin(broker, link, group),
      producer: () => Effect.sync(() => memoryProducer(broker, link)),
      transactionalProducer: ({ transactionalId }) => memoryTransactionalProducer(broker, link, group, transactionalId),
      consumer: (options, listener) => this.consumer(link, options, listener)
    })
  }

  private readonly consumer = Effect.fnUntraced(
    { self: this },
    function* (this: MemoryCluster, link: MemoryLink, options: ConsumerOptions, listener: ConsumerListener) {
      const { broker, consumers } = this
      for (const { topic } of options.topics) {
        if (!broker.topics.has(topic)) {
          const found = `Topic ${topic} does not exist; create it before reading it`
          return yield* kafkaError(`join group ${options.groupId}`, "notFound", found)
        }
      }
      const context = yield* Effect.context<never>()
      const clock = yield* Clock.Clock
      const made = new MemoryConsumer({
        broker,
        link,
        group: this.group(options.groupId),
        options,
        listener,
        context,
        clock
      })
      consumers.add(made)
      broker.waiting.set(made.wake, new Set(options.topics.map(({ topic }) => topic)))
      yield* Effect.forkScoped(made.pump)
      yield* Effect.forkScoped(made.serve)
      yield* Effect.addFinalizer(() =>
        Effect.andThen(
          made.leave,
          Effect.sync(() => {
            broker.waiting.delete(made.wake)
            consumers.delete(made)
          })
        )
      )
      return {
        pause: (partitions: ReadonlyArray<TopicPartition>) => made.pause(partitions, true),
        resume: (partitions: ReadonlyArray<TopicPartition>) => made.pause(partitions, false),
        commit: (epoch: number, offsets: ReadonlyArray<OffsetCommit>) =>
          Effect.suspend(() => made.commit(epoch, offsets)),
        leave: made.leave,
        progress: () => made.progress()
      }
    }
  )
}

const makeMemoryKafka = Effect.map(Effect.context<never>(), (context) => {
  const cluster = new MemoryCluster(context)
  return Context.make(KafkaClient, cluster.client(cluster.link(""))).pipe(
    Context.add(MemoryKafkaControl, makeControl(cluster))
  )
})

const makeControl = (cluster: MemoryCluster): MemoryKafkaControl["Service"] => {
  const { broker, consumers, group } = cluster
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
      Effect.suspend(() => {
        const returned = available && !faults.available
        faults.available = available
        broker.wakeConsumers()
        return returned
          ? Effect.forEach(cluster.groups.values(), (one) => one.renewSessions, { discard: true })
          : Effect.void
      }),
    stall: (what) =>
      Effect.sync(() => {
        faults.stalled = what
        broker.wakeConsumers()
      }),
    setTrouble: (operation, trouble) => Effect.sync(() => faults.setTrouble(operation, trouble)),
    client: (process) => cluster.client(cluster.link(process)),
    setConnected: (process, connected) => Effect.sync(() => cluster.link(process).setConnected(connected)),
    observe: (observer) =>
      Effect.sync(() => {
        broker.observers.add(observer)
      }),
    rebalance: (groupId) => Effect.sync(() => group(groupId).rebalance()),
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
