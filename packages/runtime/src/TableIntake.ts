import type { AssignedPartition, RecordBatch, TopicPartition } from "@millrace/kafka"
import { type Context, Effect, Result, Schedule } from "effect"
import type { Committable, Intake, IntakeTopic } from "./Intake.ts"
import { keyText, type RecordDecoder } from "./RecordDecoder.ts"
import { SerialQueue } from "./SerialQueue.ts"
import type { TableRows } from "./TableRows.ts"
import type { TableSpec } from "./Worker.ts"

const registryWaits = Schedule.min([Schedule.exponential("200 millis"), Schedule.spaced("5 seconds")])

interface TablePartition {
  /** Batches of earlier assignments belong to a reading that was given up. */
  readonly since: number
  /** End of what was handed over; what lies between `next` and this still waits. */
  received: number
  /** Offset to read next. */
  next: number
  /** End at the assignment: the table is ready when it is reached. */
  end: number
  ready: boolean
}

/** What a table's intake needs. */
export interface TableParts<A> {
  readonly topic: string
  readonly spec: TableSpec<A>
  readonly rows: TableRows<A>
  readonly decoder: RecordDecoder<A>
  readonly context: Context.Context<never>
  /** The table has become ready: all its partitions were read to their end. */
  readonly onReady: () => void
  readonly onDefect: (defect: unknown) => void
}

/**
 * Fills a table from its topic and follows it.
 *
 * Rows of a partition that is kept over a rebalance stay and stay usable; rows of one given away are dropped when the new
 * assignment is known, and all rows when the group had put this member out. A record that can't be decoded is logged and leaves its row as it was.
 */
export class TableIntake<A> implements Intake {
  readonly topics: ReadonlyArray<IntakeTopic>
  private readonly parts: TableParts<A>
  private readonly partitions = new Map<number, TablePartition>()
  private readonly batches: Array<RecordBatch> = []
  private readonly queue: SerialQueue<RecordBatch>
  private assigned = false
  private undecodable = 0

  constructor(parts: TableParts<A>) {
    this.parts = parts
    this.topics = [{ topic: parts.topic, from: "beginning" }]
    this.queue = new SerialQueue<RecordBatch>({
      context: parts.context,
      next: () => this.batches.shift(),
      work: (batch) => this.read(batch),
      onEnd: (defect) => {
        if (defect !== undefined) parts.onDefect(defect)
      }
    })
  }

  /** All assigned partitions were read to the end they had at the assignment. */
  get ready(): boolean {
    if (!this.assigned) return false
    for (const partition of this.partitions.values()) if (!partition.ready) return false
    return true
  }

  get figures() {
    return { topic: this.parts.topic, rows: this.parts.rows.size(), ready: this.ready, undecodable: this.undecodable }
  }

  continueAt({ partition }: TopicPartition): number | undefined {
    return this.partitions.get(partition)?.received
  }

  assign(epoch: number, partitions: ReadonlyArray<AssignedPartition>): void {
    const kept = new Set(partitions.map(({ partition }) => partition))
    for (const partition of [...this.partitions.keys()]) {
      if (!kept.has(partition)) this.giveAway(partition)
    }
    this.assigned = true
    for (const { partition, startOffset, endOffset } of partitions) {
      const known = this.partitions.get(partition)
      if (known === undefined) {
        const start = { since: epoch, received: startOffset, next: startOffset, end: endOffset, ready: false }
        this.partitions.set(partition, start)
      } else if (!known.ready) known.end = endOffset
      this.checkReady(partition)
    }
    if (this.ready) this.parts.onReady()
  }

  batch(batch: RecordBatch): void {
    const partition = this.partitions.get(batch.partition)
    if (partition === undefined) return
    partition.received = Math.max(partition.received, batch.nextOffset)
    this.batches.push(batch)
    this.queue.wake()
  }

  stop(): void {}

  idle(): boolean {
    return true
  }

  /** Batches that wait for the registry stay: a kept partition goes on behind them. */
  release(): void {}

  /** Another owner may have written what this one did not follow: rows, and what was made of them, are read anew. */
  lost(): void {
    if (this.parts.spec.scope !== "partitioned") return
    for (const partition of [...this.partitions.keys()]) this.giveAway(partition)
  }

  committable(): ReadonlyArray<Committable> {
    return []
  }

  private giveAway(partition: number): void {
    const wasReady = this.partitions.get(partition)?.ready === true
    this.partitions.delete(partition)
    this.parts.rows.dropPartition(partition)
    if (wasReady) this.parts.spec.onPartition?.(partition, "revoked")
  }

  private checkReady(number: number): void {
    const partition = this.partitions.get(number)
    if (partition === undefined || partition.ready || partition.next < partition.end) return
    partition.ready = true
    this.parts.rows.markReady(number)
    this.parts.spec.onPartition?.(number, "ready")
  }

  private read(batch: RecordBatch): Effect.Effect<void> {
    const table = this
    return Effect.gen(function* () {
      const partition = table.partitions.get(batch.partition)
      if (partition === undefined || batch.epoch < partition.since) return
      const before = table.ready
      for (const record of batch.records) {
        if (record.offset < partition.next) continue
        const fetched = {
          topic: batch.topic,
          lane: "",
          partition: batch.partition,
          record,
          fetchedAtMs: batch.fetchedAtMs
        }
        const now = table.parts.decoder.decodeNow(fetched, keyText(fetched), 1)
        // An Effect for each of a million rows would double the time of a start; only what fails gets one.
        const decoded = Result.isSuccess(now)
          ? Result.succeed(now.success)
          : yield* Effect.result(table.decode(fetched))
        if (table.partitions.get(batch.partition) !== partition) return
        partition.next = record.offset + 1
        if (Result.isFailure(decoded)) {
          table.undecodable++
          yield* Effect.logError("table record left out", {
            topic: batch.topic,
            partition: batch.partition,
            offset: record.offset,
            error: "issue" in decoded.failure ? decoded.failure.issue : decoded.failure.message
          })
          continue
        }
        const { key, value, workspaceId, offset } = decoded.success
        const change = { key, value: value ?? undefined, workspaceId, partition: batch.partition, offset }
        const applied = table.parts.rows.apply(change)
        table.parts.spec.onChange?.(applied)
      }
      partition.next = Math.max(partition.next, batch.nextOffset)
      table.checkReady(batch.partition)
      if (!before && table.ready) table.parts.onReady()
    })
  }

  /** Waits for the registry where it must: a table with a gap would be worse than a late one. */
  private decode(fetched: Parameters<RecordDecoder<A>["decode"]>[0]) {
    return this.parts.decoder.decode(fetched, 1).pipe(
      Effect.tapError((error) =>
        error._tag === "RegistryUnavailable"
          ? Effect.logWarning("table waits for the registry", { topic: fetched.topic, error: error.message })
          : Effect.void
      ),
      Effect.retry({ schedule: registryWaits, while: (error) => error._tag === "RegistryUnavailable" })
    )
  }
}
