import { type ConsumerListener, KafkaClient, type ProducerRecord, type RecordBatch } from "@millrace/kafka"
import { Effect } from "effect"
import { type Happening, type Place, partitionName, readPlace } from "./History.ts"

/** Header that a handler of a simulated world puts on what it publishes: the record it comes of. */
export const originHeader = "sim-origin"
/** Header with the id of what a record stands for; repeats have the same. */
export const idHeader = "sim-id"

/** What a world says about its inputs, for the client that watches them. */
export interface Watched {
  readonly record: (happening: Happening) => void
  /** Index of the lane of a physical topic that is an input; undefined for others. */
  readonly laneOf: (topic: string) => number | undefined
  /** Whether it is noted how far a process has read a topic that is no input. */
  readonly isFollowed: (topic: string) => boolean
}

/** What a world notes of its processes' clients: lanes are the places of an input's topics, the most urgent one first. */
export const watching = (
  inputs: ReadonlyArray<{ readonly topics: ReadonlyArray<string> }>,
  followed: ReadonlyArray<string>,
  record: Watched["record"]
): Watched => {
  const lanes = new Map(inputs.flatMap(({ topics }) => topics.map((topic, lane) => [topic, lane] as const)))
  return { record, laneOf: (topic) => lanes.get(topic), isFollowed: (topic) => followed.includes(topic) }
}

/** A client that notes in the history what it hands over, is given and takes back, and what is sent through it. */
export const observedClient = (client: KafkaClient["Service"], watched: Watched): KafkaClient["Service"] =>
  KafkaClient.of({
    ...client,
    producer: (options) =>
      Effect.map(client.producer(options), ({ send }) => ({
        send: (records) => observed(watched, records, send(records))
      })),
    transactionalProducer: (options) =>
      Effect.map(client.transactionalProducer(options), ({ transact }) => ({
        transact: (records, input) => observed(watched, records, transact(records, input))
      })),
    consumer: (options, listener) => client.consumer(options, observedListener(options.groupId, listener, watched))
  })

/** Notes records as they are sent, and once the broker has answered. */
const observed = <A, E>(
  watched: Watched,
  records: ReadonlyArray<ProducerRecord>,
  sending: Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    const note = (type: "sending" | "sent") => {
      for (const { headers = {}, key, topic } of records) {
        watched.record({ type, topic, origin: isParked(topic) ? parkedPlace(key) : originOf(headers) })
      }
    }
    note("sending")
    return Effect.tap(sending, () => Effect.sync(() => note("sent")))
  })

export const isParked = (topic: string): boolean => topic.endsWith(".parked")

/** The place that the key of a parked record names. */
export const parkedPlace = (key: ProducerRecord["key"]): Place | undefined => {
  const found = /^(.+)\/(\d+)\/(\d+)$/u.exec(textOf(key))
  return found === null ? undefined : { topic: found[1]!, partition: Number(found[2]), offset: Number(found[3]) }
}

const observedListener = (group: string, listener: ConsumerListener, watched: Watched): ConsumerListener => ({
  ...listener,
  onAssigned: (assignment) =>
    Effect.suspend(() => {
      const partitions = assignment.partitions.map((one) => ({ partition: partitionName(one), from: one.startOffset }))
      watched.record({ type: "assigned", group, epoch: assignment.epoch, partitions })
      return listener.onAssigned(assignment)
    }),
  onRevoked: (epoch, partitions) =>
    Effect.suspend(() => {
      watched.record({ type: "revoking", group, epoch })
      return listener.onRevoked(epoch, partitions)
    }).pipe(Effect.tap(() => Effect.sync(() => watched.record({ type: "released", group, epoch })))),
  onBatch: (batch) => {
    noteBatch(batch, watched)
    listener.onBatch(batch)
  }
})

const noteBatch = (batch: RecordBatch, { isFollowed, laneOf, record }: Watched): void => {
  const { partition, topic } = batch
  const last = batch.records.at(-1)
  if (last === undefined) return
  if (isFollowed(topic)) record({ type: "read", topic, partition, offset: last.offset })
  const lane = laneOf(topic)
  if (lane === undefined) return
  const records = batch.records.map(({ key, offset }) => ({ topic, partition, offset, key: textOf(key), lane }))
  record({ type: "delivered", records })
}

const textOf = (bytes: Uint8Array | string | null | undefined): string =>
  bytes === null || bytes === undefined ? "" : typeof bytes === "string" ? bytes : Buffer.from(bytes).toString()

/** The record that another comes of: a dead letter names it in its own headers. */
export const originOf = (headers: NonNullable<ProducerRecord["headers"]>): Place | undefined => {
  const topic = headers["dlq-origin-topic"]
  return topic === undefined
    ? readPlace(textOf(headers[originHeader]))
    : {
        topic: textOf(topic),
        partition: Number(textOf(headers["dlq-origin-partition"])),
        offset: Number(textOf(headers["dlq-origin-offset"]))
      }
}

/** Text of a header; empty when there is none. */
export const headerOf = (headers: NonNullable<ProducerRecord["headers"]>, name: string): string => textOf(headers[name])

/** The id of what a record stands for; empty when it has none. */
export const idOf = (headers: NonNullable<ProducerRecord["headers"]>): string => textOf(headers[idHeader])
