import { Duration, type Random } from "effect"
import type { KafkaError } from "./KafkaClient.ts"

export type FailureReason = KafkaError["reason"]

export interface PlannedFailure {
  readonly reason: FailureReason
  /** The broker has the records all the same: only its answer was lost. */
  readonly written?: boolean
}

/** `group`: joins, heartbeats and leaves. */
export type FaultyOperation = "send" | "commit" | "transaction" | "fetch" | "group" | "admin"

/** What befalls the calls of one kind, drawn anew for each call from the broker's Random. */
export interface Trouble {
  /** Share of calls that fail with `unavailable` and change nothing, from 0 to 1. */
  readonly failShare?: number
  /** Share of calls that are done while their answer is lost, from 0 to 1. */
  readonly answerLostShare?: number
  /** Longest way of a request to the broker, in milliseconds; each takes a part of it. */
  readonly delayMs?: number
}

const operations: ReadonlyArray<FaultyOperation> = ["send", "commit", "transaction", "fetch", "group", "admin"]
const unavailable: PlannedFailure = { reason: "unavailable" }

/** The faults of the in-memory broker: those a test planned one by one, and those drawn while there is trouble. */
export class MemoryFaults {
  available = true
  stalled: "fetches" | "heartbeats" | undefined
  sendDelay: Duration.Duration | undefined
  private readonly random: Random.Random
  private readonly troubles = new Map<FaultyOperation, Trouble>()
  private readonly planned = new Map<FaultyOperation, Array<PlannedFailure>>(operations.map((one) => [one, []]))

  constructor(random: Random.Random) {
    this.random = random
  }

  plan(operation: FaultyOperation, count: number, failure: PlannedFailure): void {
    for (let left = count; left > 0; left -= 1) this.planned.get(operation)!.push(failure)
  }

  setTrouble(operation: FaultyOperation, trouble: Trouble | undefined): void {
    if (trouble === undefined) this.troubles.delete(operation)
    else this.troubles.set(operation, trouble)
  }

  get outage(): PlannedFailure | undefined {
    return this.available ? undefined : unavailable
  }

  /** The failure that this attempt meets, if any; each planned one is met once. */
  next(operation: FaultyOperation): PlannedFailure | undefined {
    if (!this.available) return unavailable
    return this.planned.get(operation)!.shift() ?? this.drawn(operation)
  }

  /** How long this request is on its way, in milliseconds. */
  delayMs(operation: FaultyOperation): number {
    const longest = this.troubles.get(operation)?.delayMs ?? 0
    const drawn = longest === 0 ? 0 : Math.round(longest * this.random.nextDoubleUnsafe())
    const told = operation === "send" || operation === "transaction" ? this.sendDelay : undefined
    return drawn + (told === undefined ? 0 : Duration.toMillis(told))
  }

  private drawn(operation: FaultyOperation): PlannedFailure | undefined {
    const { answerLostShare = 0, failShare = 0 } = this.troubles.get(operation) ?? {}
    if (answerLostShare + failShare === 0) return undefined
    const drawn = this.random.nextDoubleUnsafe()
    if (drawn < failShare) return unavailable
    return drawn < failShare + answerLostShare ? { reason: "unavailable", written: true } : undefined
  }
}
