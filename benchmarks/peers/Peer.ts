import type { BenchTopic } from "../stage/records.ts"
import type { Count } from "../stage/tally.ts"

/** Reads a filled topic once, from its beginning, in a new group. */
export interface ConsumeTask {
  readonly topic: BenchTopic
  readonly group: string
  readonly records: number
  readonly keys: number
  /** Of BullMQ; the others take all that comes. */
  readonly concurrency?: number
}

/** Times in milliseconds. Each starts with the call that begins to consume and ends with the commit of the last record. */
export interface Consumed extends Count {
  /** Join of the group included. */
  readonly totalMs: number
  /** From the moment the member knew its partitions. */
  readonly readingMs: number
  /** Processor time of the peer's process, its start not included. */
  readonly cpuMs: number
}

/** Measures a run: time since the call and since the assignment, and processor time. */
export class Stopwatch {
  private readonly calledAt = performance.now()
  private readonly cpu = process.cpuUsage()
  private assignedAt: number | undefined

  assigned(): void {
    this.assignedAt ??= performance.now()
  }

  stop(): Pick<Consumed, "totalMs" | "readingMs" | "cpuMs"> {
    const now = performance.now()
    const { system, user } = process.cpuUsage(this.cpu)
    return {
      totalMs: now - this.calledAt,
      readingMs: now - (this.assignedAt ?? this.calledAt),
      cpuMs: (system + user) / 1_000
    }
  }
}
