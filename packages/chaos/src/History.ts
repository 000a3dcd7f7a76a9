import type { SentJob } from "./LoadJournal.ts"
import type { AppliedEffect } from "./SinkMode.ts"

/** A record as it stands in one of the jobs' topics. */
export interface LoggedJob {
  readonly id: string
}

/** A dead letter, by the record it was. */
export interface DeadLettered {
  readonly id: string
  /** Topic, partition and offset that it came from: a letter written twice has the same. */
  readonly origin: string
  readonly tag: string
}

/** All that is left of a run when it has come to rest. */
export interface History {
  readonly sent: ReadonlyArray<SentJob>
  /** What the topics hold, read to their ends. */
  readonly logged: ReadonlyArray<LoggedJob>
  readonly results: ReadonlyArray<{ readonly id: string; readonly status: "applied" | "refused" }>
  readonly deadLetters: ReadonlyArray<DeadLettered>
  /** In the order in which they were applied. */
  readonly effects: ReadonlyArray<AppliedEffect>
  /** Intents that the ledger still has as under way or unknown. */
  readonly unfinishedIntents: number
}

/** A fault as it came about; times are seconds since the load began. */
export interface PastFault {
  readonly kind: string
  readonly atSeconds: number
  /** When its cause was taken back; the same for a single event. */
  readonly endedSeconds: number
}
