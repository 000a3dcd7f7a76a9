import { Clock, Effect, Semaphore } from "effect"
import type { KafkaError, Producer, ProducerRecord, TransactionalProducer } from "./KafkaClient.ts"
import { kafkaError } from "./KafkaErrors.ts"
import type { MemoryBroker, Placed } from "./MemoryBroker.ts"
import type { MemoryGroup } from "./MemoryGroup.ts"
import type { MemoryLink } from "./MemoryLink.ts"

const topicsOf = (records: ReadonlyArray<{ readonly topic: string }>): string =>
  [...new Set(records.map((record) => record.topic))].join(", ")

const topicsIn = (placed: ReadonlyArray<Placed>): ReadonlySet<string> =>
  new Set(placed.map(({ record }) => record.topic))

const append = (
  broker: MemoryBroker,
  link: MemoryLink,
  placed: ReadonlyArray<Placed>,
  visible: boolean
): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    for (const { log, partition, record } of placed) {
      const stored = log.append(record, now, visible)
      if (visible) {
        broker.tell({ _tag: "Appended", topic: record.topic, partition, record: stored, producer: link.name })
      }
    }
    broker.wakeConsumers(topicsIn(placed))
  })

const appendMarkers = (broker: MemoryBroker, placed: ReadonlyArray<Placed>): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    for (const log of new Set(placed.map((one) => one.log))) log.appendMarker(now)
    broker.wakeConsumers(topicsIn(placed))
  })

/** Bytes as they are at the call: what the caller does with its arrays afterwards changes nothing. */
const taken = (records: ReadonlyArray<ProducerRecord>): ReadonlyArray<ProducerRecord> =>
  records.map((record) => ({
    ...record,
    key: record.key?.slice() ?? null,
    value: record.value?.slice() ?? null,
    headers: { ...record.headers }
  }))

/** Serves one call after the other at the broker, so that a delayed one keeps its place. */
export const memoryProducer = (broker: MemoryBroker, link: MemoryLink): Producer => {
  const turn = Semaphore.makeUnsafe(1)
  return {
    send: (records) => {
      if (records.length === 0) return Effect.void
      const operation = `send to ${topicsOf(records)}`
      const kept = taken(records)
      const write = Effect.flatMap(broker.place(operation, kept), (placed) => append(broker, link, placed, true))
      return Effect.andThen(link.fence.check(operation), link.request("send", operation, write, turn.withPermits(1)))
    }
  }
}

/** A later producer with the same transactional id fences this one. */
export const memoryTransactionalProducer = (
  broker: MemoryBroker,
  link: MemoryLink,
  group: (groupId: string) => MemoryGroup,
  transactionalId: string
): Effect.Effect<TransactionalProducer, KafkaError> => {
  const turn = Semaphore.makeUnsafe(1)
  const operation = `transaction ${transactionalId}`
  const begin = Effect.sync(() => {
    const epoch = (broker.transactionEpochs.get(transactionalId) ?? 0) + 1
    broker.transactionEpochs.set(transactionalId, epoch)
    return epoch
  })
  const fenced = (epoch: number): Effect.Effect<void, KafkaError> =>
    broker.transactionEpochs.get(transactionalId) === epoch
      ? Effect.void
      : Effect.fail(kafkaError(operation, "fenced", `A newer producer uses the transactional id ${transactionalId}`))
  return Effect.map(link.request("admin", `init ${operation}`, begin), (epoch) => ({
    transact: (records, input) => {
      const kept = taken(records)
      const write = Effect.gen(function* () {
        yield* fenced(epoch)
        const placed = yield* broker.place(operation, kept)
        const failure = broker.faults.next("transaction")
        const aborted = failure !== undefined && failure.written !== true
        yield* append(broker, link, placed, !aborted)
        if (!aborted) group(input.groupId).store(input.offsets, link.name)
        yield* appendMarkers(broker, placed)
        if (failure !== undefined) return yield* kafkaError(operation, failure.reason, "Planned by the test")
      })
      return link.request("transaction", operation, write, turn.withPermits(1))
    }
  }))
}
