import type { ErrorKind } from "@millrace/contracts"
import { Schema } from "effect"

/** The parts of the local stack, in the order in which they are printed. */
export const StackPart = Schema.Literals(["kafka", "registry", "postgres", "redis", "stack"])
export type StackPart = typeof StackPart.Type

/** A part of the local stack is missing, broken or does not answer. `message` is one line, ready to print. */
export class StackError extends Schema.TaggedError<StackError>()("StackError", {
  part: StackPart,
  /** What was found and where. */
  problem: Schema.String,
  /** What to do about it. */
  remedy: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  readonly kind: ErrorKind = "system"

  override get message() {
    return `${this.part}: ${this.problem} ${this.remedy}`
  }
}
