import type { KafkaError, ProducerRecord, TopicPartition } from "./KafkaClient.ts"
import { partitionKey } from "./PartitionBounds.ts"
import { type WireRecord, wireSize } from "./ProduceRequest.ts"

/** One call of `send`, done when all its records are, or when the first of them fails. */
export class SendCall {
  readonly deadlineMs: number
  private left: number
  private readonly onDone: (failure: KafkaError | undefined) => void

  constructor(records: number, deadlineMs: number, onDone: (failure: KafkaError | undefined) => void) {
    this.left = records
    this.deadlineMs = deadlineMs
    this.onDone = onDone
  }

  written(): void {
    this.left -= 1
    if (this.left === 0) this.onDone(undefined)
  }

  failed(error: KafkaError): void {
    if (this.left > 0) this.onDone(error)
    this.left = 0
  }
}

export interface SendEntry {
  readonly record: WireRecord
  readonly call: SendCall
  readonly bytes: number
}

/** Entries sent together, and the sequence they keep while they are tried again. */
export interface SendBatch extends TopicPartition {
  readonly entries: ReadonlyArray<SendEntry>
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

interface PartitionQueue extends TopicPartition {
  waiting: Array<SendEntry>
  /** Being sent, or to be sent again as it is; nothing else of the partition goes out before. */
  batch: SendBatch | undefined
  sending: boolean
  maxBatchBytes: number
}

/** Below the broker's default limit of 1 MiB for a batch; a topic with a lower one is found out by its refusals. */
const defaultMaxBatchBytes = 900_000

const encoder = new TextEncoder()

const wireRecord = (record: ProducerRecord): WireRecord => ({
  key: record.key,
  value: record.value,
  headers: Object.entries(record.headers ?? {}).map(([name, value]) => [
    encoder.encode(name),
    typeof value === "string" ? encoder.encode(value) : value
  ])
})

/** Records that wait to be sent, partition by partition, in the order of the calls. */
export class SendQueue {
  private readonly partitions = new Map<string, PartitionQueue>()

  add(place: TopicPartition, record: ProducerRecord, call: SendCall): void {
    const wire = wireRecord(record)
    this.queueOf(place).waiting.push({ record: wire, call, bytes: wireSize(wire) })
  }

  /** Partitions that have something to send and nothing under way. */
  ready(): ReadonlyArray<TopicPartition> {
    return [...this.partitions.values()].filter(
      (queue) => !queue.sending && (queue.batch !== undefined || queue.waiting.length > 0)
    )
  }

  /** The batch to send next; `stamp` gives the sequence to a new one. */
  take(
    place: TopicPartition,
    stamp: (count: number) => Pick<SendBatch, "producerId" | "producerEpoch" | "baseSequence">
  ): SendBatch {
    const queue = this.queueOf(place)
    queue.sending = true
    if (queue.batch === undefined) {
      let bytes = 0
      let count = 0
      for (const entry of queue.waiting) {
        bytes += entry.bytes
        if (count > 0 && bytes > queue.maxBatchBytes) break
        count += 1
      }
      const entries = queue.waiting.splice(0, count)
      queue.batch = { topic: place.topic, partition: place.partition, entries, ...stamp(count) }
    }
    return queue.batch
  }

  /** All replicas have the batch. */
  written(batch: SendBatch): void {
    this.finish(batch)
    for (const { call } of batch.entries) call.written()
  }

  /** The batch will not be sent again. */
  failed(batch: SendBatch, error: KafkaError): void {
    this.finish(batch)
    for (const { call } of batch.entries) call.failed(error)
  }

  /** The batch is sent again as it is. */
  again(batch: SendBatch): void {
    this.queueOf(batch).sending = false
  }

  /** Nothing of the batch was written: its records are batched anew, in smaller lots if it was too large. */
  reopen(batch: SendBatch, tooLarge: boolean): void {
    const queue = this.queueOf(batch)
    const bytes = batch.entries.reduce((sum, entry) => sum + entry.bytes, 0)
    if (tooLarge) queue.maxBatchBytes = Math.max(1, Math.min(queue.maxBatchBytes, Math.floor(bytes / 2)))
    queue.waiting = [...batch.entries, ...queue.waiting]
    this.finish(batch)
  }

  /** Fails what waits beyond its deadline and is not being sent; returns whether a batch of unknown fate was among it. */
  expire(nowMs: number, error: (topic: string) => KafkaError): boolean {
    let uncertain = false
    for (const queue of this.partitions.values()) {
      if (queue.sending) continue
      if (queue.batch?.entries.some(({ call }) => call.deadlineMs <= nowMs)) {
        this.failed(queue.batch, error(queue.topic))
        uncertain = true
      }
      const expired = queue.waiting.filter(({ call }) => call.deadlineMs <= nowMs)
      if (expired.length === 0) continue
      queue.waiting = queue.waiting.filter(({ call }) => call.deadlineMs > nowMs)
      for (const { call } of expired) call.failed(error(queue.topic))
    }
    return uncertain
  }

  failAll(error: KafkaError): void {
    for (const queue of this.partitions.values()) {
      const entries = [...(queue.batch?.entries ?? []), ...queue.waiting]
      queue.waiting = []
      for (const { call } of entries) call.failed(error)
    }
  }

  private finish(batch: SendBatch): void {
    const queue = this.queueOf(batch)
    queue.batch = undefined
    queue.sending = false
  }

  private queueOf({ topic, partition }: TopicPartition): PartitionQueue {
    const key = partitionKey({ topic, partition })
    const found = this.partitions.get(key)
    if (found !== undefined) return found
    const made = {
      topic,
      partition,
      waiting: [],
      batch: undefined,
      sending: false,
      maxBatchBytes: defaultMaxBatchBytes
    }
    this.partitions.set(key, made)
    return made
  }
}
