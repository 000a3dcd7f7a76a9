import { type Duration, Effect } from "effect"
import type { KafkaError } from "./KafkaClient.ts"

export type FailureReason = KafkaError["reason"]

export interface PlannedFailure {
  readonly reason: FailureReason
  /** The broker has the records all the same: only its answer was lost. */
  readonly written?: boolean
}

export type FaultyOperation = "send" | "commit" | "transaction"

/** The faults that a test planned for the in-memory broker. */
export class MemoryFaults {
  available = true
  sendDelay: Duration.Duration | undefined
  private readonly planned: Record<FaultyOperation, Array<PlannedFailure>> = { send: [], commit: [], transaction: [] }

  plan(operation: FaultyOperation, count: number, failure: PlannedFailure): void {
    for (let left = count; left > 0; left -= 1) this.planned[operation].push(failure)
  }

  /** The failure that this attempt meets, if any; each planned one is met once. */
  next(operation: FaultyOperation): PlannedFailure | undefined {
    return this.available ? this.planned[operation].shift() : { reason: "unavailable" }
  }

  readonly delaySend: Effect.Effect<void> = Effect.suspend(() =>
    this.sendDelay === undefined ? Effect.void : Effect.sleep(this.sendDelay)
  )
}
