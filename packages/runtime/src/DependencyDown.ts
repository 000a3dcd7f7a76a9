import type { ErrorKind } from "@millrace/contracts"
import { Schema } from "effect"

/**
 * The breaker of a dependency is open; nothing was tried. Of kind `system`: the runtime holds the record for
 * `retryAfterMs` and uses up no attempt.
 */
export class DependencyDown extends Schema.TaggedError<DependencyDown>()("DependencyDown", {
  /** Kind and name, for example `exchange orders account-1`. */
  dependency: Schema.String,
  retryAfterMs: Schema.Finite,
  /** What is to be held with the record; absent: its key. */
  holds: Schema.optionalKey(Schema.Literals(["key", "lane"]))
}) {
  readonly kind: ErrorKind = "system"
  override get message() {
    return `${this.dependency} is down: its breaker is open, nothing was tried; again in ${Math.ceil(this.retryAfterMs)} ms`
  }
}
