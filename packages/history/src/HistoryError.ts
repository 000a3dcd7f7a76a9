import type { ErrorKind } from "@millrace/contracts"
import { DateTime, Schema } from "effect"

const timeOf = (epochMs: number): string => DateTime.formatIso(DateTime.makeUnsafe(epochMs))

/** Records of the time asked for are gone; nothing is told from what is left of them. */
export class BeyondRetention extends Schema.TaggedError<BeyondRetention>()("BeyondRetention", {
  /** What was asked for. */
  subject: Schema.String,
  topic: Schema.String,
  wantedMs: Schema.Finite,
  /** Wall time of the oldest record that is left; absent: none is. */
  oldestMs: Schema.optionalKey(Schema.Finite)
}) {
  readonly kind: ErrorKind = "permanent"

  override get message() {
    const left = this.oldestMs === undefined ? "none is left" : `the oldest one left is of ${timeOf(this.oldestMs)}`
    return `${this.subject}: ${this.topic} no longer has the records of ${timeOf(this.wantedMs)}; ${left}. Ask for a later time, or keep ${this.topic} for longer (retention in topics.yaml).`
  }
}

/** Kafka or the schema registry did not answer. */
export class HistoryUnreadable extends Schema.TaggedError<HistoryUnreadable>()("HistoryUnreadable", {
  topic: Schema.String,
  cause: Schema.Defect()
}) {
  readonly kind: ErrorKind = "system"

  override get message() {
    return `${this.topic} can't be read: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`
  }
}

/** No tick of the market is recorded for the time asked for. */
export class NoTick extends Schema.TaggedError<NoTick>()("NoTick", {
  market: Schema.String,
  /** The time asked for, in words. */
  asked: Schema.String,
  /** What there is instead, in words. */
  found: Schema.String
}) {
  readonly kind: ErrorKind = "permanent"

  override get message() {
    return `No tick of ${this.market} is recorded at ${this.asked}: ${this.found}.`
  }
}

export type HistoryError = BeyondRetention | HistoryUnreadable
