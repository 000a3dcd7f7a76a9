import { Schema } from "effect"
import type { ErrorKind } from "./ErrorKind.ts"

/** One thing that is wrong in topics.yaml. Lines and columns count from 1. */
export const TopicsIssue = Schema.Struct({
  line: Schema.Int,
  column: Schema.Int,
  /** Where in the file's structure, for example `topics.market-ticks.retry.attempts`. */
  path: Schema.String,
  found: Schema.String,
  expected: Schema.String,
  remedy: Schema.String
})
export type TopicsIssue = typeof TopicsIssue.Type

/** topics.yaml is refused; says everything that is wrong in it at once, in the order of its lines. */
export class InvalidTopicsFile extends Schema.TaggedError<InvalidTopicsFile>()("InvalidTopicsFile", {
  file: Schema.String,
  issues: Schema.Array(TopicsIssue)
}) {
  readonly kind: ErrorKind = "permanent"

  override get message() {
    const lines = this.issues.map(
      (issue) =>
        `${this.file}:${issue.line}:${issue.column} ${issue.path}: found ${issue.found}; ${issue.expected}. ${issue.remedy}`
    )
    return lines.join("\n")
  }
}

/** topics.yaml could not be read at all. */
export class MissingTopicsFile extends Schema.TaggedError<MissingTopicsFile>()("MissingTopicsFile", {
  file: Schema.String,
  cause: Schema.Defect()
}) {
  readonly kind: ErrorKind = "system"

  override get message() {
    return `${this.file} can't be read. Expected the list of topics there; set MILLRACE_TOPICS to its path.`
  }
}
