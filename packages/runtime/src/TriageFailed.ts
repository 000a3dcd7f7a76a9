import type { ErrorKind } from "@millrace/contracts"
import { Schema } from "effect"

/**
 * Dead letters could not be read, replayed or purged. What was done before is marked; the same call goes on from there.
 *
 * - `unknownTopic`: topics.yaml does not declare it. `unknownLetter`: none has this id, or retention removed it.
 * - `refused`: the letter or the new value does not allow it; nothing was changed.
 * - `takenOver`: another call works on the dead letters of this topic; only one does at a time, the latest.
 * - `unavailable`: Kafka or the registry did not answer. `unreadable`: what became of the letters can't be told.
 */
export class TriageFailed extends Schema.TaggedError<TriageFailed>()("TriageFailed", {
  topic: Schema.String,
  reason: Schema.Literals(["unknownTopic", "unknownLetter", "refused", "takenOver", "unavailable", "unreadable"]),
  detail: Schema.String,
  cause: Schema.Defect()
}) {
  get kind(): ErrorKind {
    return this.reason === "unavailable" ? "system" : "permanent"
  }

  override get message() {
    return `Dead letters of ${this.topic}: ${this.detail}`
  }
}
