import type { ErrorKind } from "@millrace/contracts"
import { Schema } from "effect"

/** A request that can't be delivered as it is: no retry helps, so it goes to the dead letters of `timers`. */
export class InvalidTimer extends Schema.TaggedError<InvalidTimer>()("InvalidTimer", {
  owner: Schema.String,
  timerId: Schema.String,
  issue: Schema.String
}) {
  readonly kind: ErrorKind = "permanent"

  override get message() {
    return `Timer ${this.timerId} of ${this.owner} is refused: ${this.issue}`
  }
}
