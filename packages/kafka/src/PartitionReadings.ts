import type { AssignedPartition, RecordBatch, TopicPartition } from "./KafkaClient.ts"
import { partitionKey } from "./PartitionBounds.ts"

/** How far one partition is read, and whether it may be asked for. */
export interface Reading extends TopicPartition {
  position: number
  paused: boolean
  /** In a request that is under way, or held back after an error. */
  asked: boolean
  leader: number
  /** Came while paused; handed over on resume, before anything else of the partition. */
  held: RecordBatch | undefined
}

/** The partitions of one assignment as their fetches see them. */
export class PartitionReadings {
  private readings: ReadonlyArray<Reading>
  private readonly byKey: ReadonlyMap<string, Reading>
  private readonly onBatch: (batch: RecordBatch) => void
  private stopped = false

  constructor(partitions: ReadonlyArray<AssignedPartition>, onBatch: (batch: RecordBatch) => void) {
    this.onBatch = onBatch
    this.readings = partitions.map(({ topic, partition, startOffset }) => ({
      topic,
      partition,
      position: startOffset,
      paused: false,
      asked: false,
      leader: -1,
      held: undefined
    }))
    this.byKey = new Map(this.readings.map((reading) => [partitionKey(reading), reading]))
  }

  get all(): ReadonlyArray<Reading> {
    return this.readings
  }

  find(partition: TopicPartition): Reading | undefined {
    return this.byKey.get(partitionKey(partition))
  }

  /** Takes all partitions of the leader that may be read and nobody asks for; `release` gives them back. */
  ask(leader: number): ReadonlyArray<Reading> {
    const free = this.readings.filter(
      (reading) => reading.leader === leader && !reading.asked && !reading.paused && reading.held === undefined
    )
    for (const reading of free) reading.asked = true
    return free
  }

  release(readings: ReadonlyArray<Reading>): void {
    for (const reading of readings) reading.asked = false
  }

  pause(partitions: ReadonlyArray<TopicPartition>): void {
    for (const partition of partitions) {
      const reading = this.find(partition)
      if (reading !== undefined) reading.paused = true
    }
  }

  resume(partitions: ReadonlyArray<TopicPartition>): void {
    for (const partition of partitions) {
      const reading = this.find(partition)
      if (reading !== undefined) reading.paused = false
    }
  }

  /** Hands a batch over, or holds it while its partition is paused. The next fetch goes on behind it. */
  deliver(reading: Reading, batch: RecordBatch): void {
    if (this.stopped) return
    reading.position = batch.nextOffset
    if (reading.paused) reading.held = batch
    else this.onBatch(batch)
  }

  /** Hands over what came while paused and may go on now. */
  deliverHeld(): void {
    for (const reading of this.readings) {
      if (this.stopped || reading.paused || reading.held === undefined) continue
      const batch = reading.held
      reading.held = undefined
      this.onBatch(batch)
    }
  }

  /** Partitions that gave records go behind the others, as the broker answers in the order asked. */
  moveBack(readings: ReadonlySet<Reading>): void {
    if (readings.size === 0) return
    const served = this.readings.filter((reading) => readings.has(reading))
    this.readings = [...this.readings.filter((reading) => !readings.has(reading)), ...served]
  }

  /** Nothing is handed over any more. */
  stop(): void {
    this.stopped = true
  }
}
