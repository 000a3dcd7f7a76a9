import type { ErrorKind } from "@millrace/contracts"
import { Schema } from "effect"

/** The suite itself could not go on: something did not start, or did not answer in time. */
export class ChaosError extends Schema.TaggedError<ChaosError>()("ChaosError", {
  step: Schema.String,
  problem: Schema.String
}) {
  readonly kind: ErrorKind = "system"

  override get message() {
    return `${this.step}: ${this.problem}`
  }
}
