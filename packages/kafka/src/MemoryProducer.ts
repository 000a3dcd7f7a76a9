import { Clock, Effect, Semaphore } from "effect"
import type { KafkaError, Producer, TransactionalProducer } from "./KafkaClient.ts"
import { kafkaError } from "./KafkaErrors.ts"
import type { MemoryBroker, Placed } from "./MemoryBroker.ts"
import type { MemoryGroup } from "./MemoryGroup.ts"

const topicsOf = (records: ReadonlyArray<{ readonly topic: string }>): string =>
  [...new Set(records.map((record) => record.topic))].join(", ")

const append = (broker: MemoryBroker, placed: ReadonlyArray<Placed>, visible: boolean): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    for (const { log, record } of placed) log.append(record, now, visible)
    broker.wakeConsumers()
  })

const appendMarkers = (broker: MemoryBroker, placed: ReadonlyArray<Placed>): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    for (const log of new Set(placed.map((one) => one.log))) log.appendMarker(now)
    broker.wakeConsumers()
  })

/** Sends one call after the other, so that a delayed one keeps its place. */
export const memoryProducer = (broker: MemoryBroker): Producer => {
  const turn = Semaphore.makeUnsafe(1)
  const send: Producer["send"] = Effect.fnUntraced(
    function* (records) {
      if (records.length === 0) return
      const operation = `send to ${topicsOf(records)}`
      yield* broker.faults.delaySend
      const placed = yield* broker.place(operation, records)
      const failure = broker.faults.next("send")
      if (failure === undefined || failure.written) yield* append(broker, placed, true)
      if (failure !== undefined) return yield* kafkaError(operation, failure.reason, "Planned by the test")
    },
    (sending) => turn.withPermits(1)(sending)
  )
  return { send }
}

/** A later producer with the same transactional id fences this one. */
export const memoryTransactionalProducer = (
  broker: MemoryBroker,
  group: (groupId: string) => Effect.Effect<MemoryGroup>,
  transactionalId: string
): TransactionalProducer => {
  const epoch = (broker.transactionEpochs.get(transactionalId) ?? 0) + 1
  broker.transactionEpochs.set(transactionalId, epoch)
  const turn = Semaphore.makeUnsafe(1)
  const fenced = (operation: string): Effect.Effect<void, KafkaError> =>
    broker.transactionEpochs.get(transactionalId) === epoch
      ? Effect.void
      : Effect.fail(kafkaError(operation, "fenced", `A newer producer uses the transactional id ${transactionalId}`))
  const transact: TransactionalProducer["transact"] = Effect.fnUntraced(
    function* (records, input) {
      const operation = `transaction ${transactionalId}`
      yield* broker.faults.delaySend
      yield* fenced(operation)
      const placed = yield* broker.place(operation, records)
      const failure = broker.faults.next("transaction")
      const committed = failure === undefined || failure.written === true
      yield* append(broker, placed, committed)
      if (committed) (yield* group(input.groupId)).commit(input.offsets)
      yield* appendMarkers(broker, placed)
      if (failure !== undefined) return yield* kafkaError(operation, failure.reason, "Planned by the test")
    },
    (running) => turn.withPermits(1)(running)
  )
  return { transact }
}
