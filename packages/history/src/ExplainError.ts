import type { ErrorKind } from "@millrace/contracts"
import { DateTime, Schema } from "effect"

const timeOf = (epochMs: number): string => DateTime.formatIso(DateTime.makeUnsafe(epochMs))

/** No rule of this id is or was. */
export class UnknownRule extends Schema.TaggedError<UnknownRule>()("UnknownRule", {
  ruleId: Schema.String,
  /** The known ids that are most like it, the likest first. */
  near: Schema.Array(Schema.String)
}) {
  readonly kind: ErrorKind = "permanent"

  override get message() {
    const near = this.near.length === 0 ? "There is no rule at all." : `The most like it: ${this.near.join(", ")}.`
    return `There is no rule ${this.ruleId}, now or in what account-history keeps. ${near}`
  }
}

/** The rule was not stored at the time asked for. */
export class RuleNotStored extends Schema.TaggedError<RuleNotStored>()("RuleNotStored", {
  ruleId: Schema.String,
  /** Wall time of the tick that was to be explained. */
  atMs: Schema.Finite,
  /** Wall time of its first record after it, and of its removal before it. */
  storedAtMs: Schema.optionalKey(Schema.Finite),
  removedAtMs: Schema.optionalKey(Schema.Finite)
}) {
  readonly kind: ErrorKind = "permanent"

  override get message() {
    const when = `Rule ${this.ruleId} did not exist with the tick of ${timeOf(this.atMs)}`
    const removed = this.removedAtMs === undefined ? "" : `; it was removed at ${timeOf(this.removedAtMs)}`
    const stored = this.storedAtMs === undefined ? "" : `; it was stored at ${timeOf(this.storedAtMs)}`
    const known = removed === "" && stored === "" ? "; it was removed before" : ""
    return `${when}${removed}${stored}${known}.`
  }
}

/** The rule had no such position to watch. */
export class PositionNotWatched extends Schema.TaggedError<PositionNotWatched>()("PositionNotWatched", {
  ruleId: Schema.String,
  positionId: Schema.String,
  atMs: Schema.Finite,
  watched: Schema.Array(Schema.String)
}) {
  readonly kind: ErrorKind = "permanent"

  override get message() {
    const watched = this.watched.length === 0 ? "none" : this.watched.join(", ")
    return `Rule ${this.ruleId} watched no position ${this.positionId} with the tick of ${timeOf(this.atMs)}. It watched ${watched}.`
  }
}
