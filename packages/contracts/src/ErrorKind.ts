import { Schema } from "effect"

/**
 * Decides what the runtime does with a record whose handler failed.
 *
 * - `temporary`: one call failed and surely was not applied: retry, then dead letter.
 * - `permanent`: the record is wrong: dead letter.
 * - `system`: a dependency or our own infrastructure is down: hold, attempts are not used up.
 * - `business`: a rule refuses: a recorded outcome, no error of the pipeline.
 */
export const ErrorKind = Schema.Literals(["temporary", "permanent", "system", "business"])
export type ErrorKind = typeof ErrorKind.Type
