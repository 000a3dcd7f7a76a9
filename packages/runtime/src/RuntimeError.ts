import { ErrorKind } from "@millrace/contracts"
import { Schema } from "effect"

/**
 * Records were not published. `kind` is `system` when Kafka or the registry did not answer (trying again helps), else
 * `permanent` (a value that does not match its schema, a record above the topic's size).
 */
export class PublishFailed extends Schema.TaggedError<PublishFailed>()("PublishFailed", {
  /** Physical topics of the records. */
  topics: Schema.Array(Schema.String),
  detail: Schema.String,
  kind: ErrorKind,
  cause: Schema.Defect()
}) {
  override get message() {
    return `Nothing was published to ${this.topics.join(", ")}: ${this.detail}`
  }
}

/** A worker could not start; nothing was consumed. */
export class WorkerStartError extends Schema.TaggedError<WorkerStartError>()("WorkerStartError", {
  worker: Schema.String,
  detail: Schema.String,
  cause: Schema.Defect()
}) {
  readonly kind: ErrorKind = "system"

  override get message() {
    return `Worker ${this.worker} did not start: ${this.detail}`
  }
}

/** A worker can't go on; its process should end and be started again. Uncommitted records come again. */
export class WorkerFailed extends Schema.TaggedError<WorkerFailed>()("WorkerFailed", {
  worker: Schema.String,
  detail: Schema.String,
  cause: Schema.Defect()
}) {
  readonly kind: ErrorKind = "system"

  override get message() {
    return `Worker ${this.worker} can't go on: ${this.detail}`
  }
}

/** A handler took longer than its policy allows and was interrupted. */
export class HandlerTimedOut extends Schema.TaggedError<HandlerTimedOut>()("HandlerTimedOut", {
  timeoutMs: Schema.Finite
}) {
  readonly kind: ErrorKind = "temporary"

  override get message() {
    return `The handler took longer than ${this.timeoutMs} ms and was interrupted`
  }
}

/** A record lacks what every record must have: a key, a value where none may be absent, or the workspace header. */
export class MalformedRecord extends Schema.TaggedError<MalformedRecord>()("MalformedRecord", {
  topic: Schema.String,
  issue: Schema.String
}) {
  readonly kind: ErrorKind = "permanent"

  override get message() {
    return `A record of ${this.topic} is malformed: ${this.issue}`
  }
}
