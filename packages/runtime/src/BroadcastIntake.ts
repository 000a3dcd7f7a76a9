import type { AssignedPartition, RecordBatch, TopicPartition } from "@millrace/kafka"
import { type Context, Effect } from "effect"
import type { Committable, Flow, Intake, IntakeTopic } from "./Intake.ts"
import { type GatedPartition, LaneGate } from "./LaneGate.ts"
import type { LaneStatus } from "./LaneStatus.ts"
import type { Fetched } from "./RecordDecoder.ts"
import type { RuntimeConfig } from "./RuntimeConfig.ts"
import { SerialQueue } from "./SerialQueue.ts"
import { bytesOf, WaitingRecords } from "./WaitingRecords.ts"

/** Records of one partition that are handled together, in order. */
export interface Chunk {
  readonly source: BroadcastPartition
  readonly records: ReadonlyArray<Fetched>
  /** Offset to read next once the chunk is worked off. */
  readonly nextOffset: number
  readonly bytes: number
}

/** One partition of a broadcast. */
export interface BroadcastPartition {
  readonly topic: string
  readonly partition: number
  /** Lowest offset that is not worked off. */
  done: number
  /** End of what was handed over. */
  received: number
  endOffset: number
  owned: boolean
}

interface Reading extends BroadcastPartition {
  readonly waiting: WaitingRecords
  readonly queue: SerialQueue<Chunk>
  fetchedAtMs: number
  gated: GatedPartition
  /** Under way, or interrupted and to be done again. */
  current: Chunk | undefined
}

/** What a broadcast's intake needs. `work` gives true once the chunk's outcome is with the broker, false to do it again. */
export interface BroadcastParts {
  readonly topics: ReadonlyArray<{ readonly topic: string; readonly lane: string }>
  readonly from: "committed" | "end"
  /** Committed offsets of the group when it was joined, for a start `from` the end. */
  readonly committed: ReadonlyMap<string, number>
  /** Runs in `context`. */
  readonly work: (chunk: Chunk) => Effect.Effect<boolean>
  readonly context: Context.Context<never>
  readonly config: Pick<RuntimeConfig, "bufferRecords" | "bufferBytes" | "chunkRecords">
  readonly open: () => boolean
  readonly onIdle: () => void
  readonly onDefect: (defect: unknown) => void
}

/** Name of a partition in maps. */
export const partitionName = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

/**
 * Reads a topic whole and in order, many records at once: one chunk of a partition at a time, each made of all that has
 * come meanwhile. A record that comes to an idle partition is a chunk of its own, begun in the call that brings it.
 */
export class BroadcastIntake implements Intake {
  readonly topics: ReadonlyArray<IntakeTopic>
  private readonly parts: BroadcastParts
  private readonly gate: LaneGate
  private readonly readings = new Map<string, Reading>()
  private stopped = true

  constructor(parts: BroadcastParts) {
    this.parts = parts
    this.topics = parts.topics.map(({ topic }) => ({ topic, from: parts.from }))
    this.gate = new LaneGate({ records: parts.config.bufferRecords, bytes: parts.config.bufferBytes })
  }

  continueAt(partition: TopicPartition): number | undefined {
    const name = partitionName(partition)
    return this.readings.get(name)?.received ?? (this.parts.from === "end" ? this.parts.committed.get(name) : undefined)
  }

  assign(_epoch: number, partitions: ReadonlyArray<AssignedPartition>, flow: Flow): void {
    const kept = new Set(partitions.map(partitionName))
    for (const [name, reading] of this.readings) {
      if (kept.has(name)) reading.owned = true
      else this.drop(name, reading)
    }
    this.gate.assign(partitions, flow).forEach((gated, index) => {
      const name = partitionName(gated)
      const reading = this.readings.get(name) ?? this.newReading(partitions[index]!, gated)
      this.readings.set(name, reading)
      reading.gated = gated
      const { waiting, current } = reading
      this.gate.entered(gated, waiting.bytes + (current?.bytes ?? 0), waiting.size + (current?.records.length ?? 0))
    })
    this.stopped = false
    this.pump()
  }

  batch(batch: RecordBatch): void {
    const reading = this.readings.get(partitionName(batch))
    if (reading === undefined) return
    for (const record of batch.records) {
      if (record.offset < reading.received) continue
      reading.waiting.push(record)
      this.gate.entered(reading.gated, bytesOf(record), 1)
    }
    reading.received = Math.max(reading.received, batch.nextOffset)
    reading.endOffset = Math.max(batch.highWatermark, batch.nextOffset)
    reading.fetchedAtMs = batch.fetchedAtMs
    if (reading.waiting.size === 0 && reading.current === undefined) reading.done = reading.received
    if (!this.stopped && this.parts.open()) reading.queue.wake()
  }

  /** Begins where something waits. */
  pump(): void {
    if (this.stopped || !this.parts.open()) return
    for (const reading of this.readings.values()) reading.queue.wake()
  }

  stop(): void {
    this.stopped = true
  }

  idle(): boolean {
    for (const reading of this.readings.values()) if (!reading.queue.idle) return false
    return true
  }

  release(): void {
    for (const reading of this.readings.values()) {
      reading.owned = false
      reading.queue.interrupt()
    }
    this.gate.release()
  }

  committable(): ReadonlyArray<Committable> {
    return [...this.readings.values()].map(({ topic, partition, done }) => ({
      topic,
      partition,
      offset: done,
      metadata: ""
    }))
  }

  /** Pauses or resumes at run time; a chunk in flight is finished. */
  setPaused(paused: boolean): void {
    this.gate.setPaused(paused)
    if (!paused) this.pump()
  }

  get paused(): boolean {
    return this.gate.paused
  }

  get figures(): Pick<LaneStatus, "lag" | "inFlight" | "buffered" | "oldestAtMs"> {
    let oldest = Number.POSITIVE_INFINITY
    let lag = 0
    let inFlight = 0
    let buffered = 0
    for (const reading of this.readings.values()) {
      lag += Math.max(0, reading.endOffset - reading.done)
      inFlight += reading.current?.records.length ?? 0
      buffered += reading.waiting.size
      const first = reading.current?.records[0]?.record ?? reading.waiting.peek()
      if (first !== undefined) oldest = Math.min(oldest, first.timestampMs)
    }
    return { lag, inFlight, buffered, oldestAtMs: Number.isFinite(oldest) ? oldest : undefined }
  }

  private newReading(assigned: AssignedPartition, gated: GatedPartition): Reading {
    const reading: Reading = {
      topic: assigned.topic,
      partition: assigned.partition,
      done: assigned.startOffset,
      received: assigned.startOffset,
      endOffset: assigned.endOffset,
      owned: true,
      waiting: new WaitingRecords(),
      queue: new SerialQueue<Chunk>({
        context: this.parts.context,
        next: () => this.nextChunk(reading),
        work: (chunk) => this.workOff(reading, chunk),
        onEnd: (defect) => {
          if (defect !== undefined) this.parts.onDefect(defect)
          if (this.idle()) this.parts.onIdle()
        }
      }),
      fetchedAtMs: 0,
      gated,
      current: undefined
    }
    return reading
  }

  private nextChunk(reading: Reading): Chunk | undefined {
    if (this.stopped || this.gate.paused) return undefined
    if (reading.current === undefined && reading.waiting.size > 0) reading.current = this.chunkOf(reading)
    return reading.current
  }

  private chunkOf(reading: Reading): Chunk {
    const { topic, partition, fetchedAtMs, waiting } = reading
    const lane = this.parts.topics.find((one) => one.topic === topic)!.lane
    const taken = waiting.take(this.parts.config.chunkRecords)
    return {
      source: reading,
      records: taken.map((record) => ({ topic, partition, lane, record, fetchedAtMs })),
      nextOffset: waiting.peek()?.offset ?? reading.received,
      bytes: taken.reduce((sum, record) => sum + bytesOf(record), 0)
    }
  }

  private workOff(reading: Reading, chunk: Chunk): Effect.Effect<void> {
    return Effect.map(this.parts.work(chunk), (done) => {
      if (!done) return
      reading.current = undefined
      reading.done = chunk.nextOffset
      if (reading.owned) this.gate.left(reading.gated, chunk.bytes, chunk.records.length)
    })
  }

  private drop(name: string, reading: Reading): void {
    reading.owned = false
    reading.queue.interrupt()
    this.readings.delete(name)
  }
}
