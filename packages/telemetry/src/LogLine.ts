import { Cause, type Logger, type LogLevel, References } from "effect"

/** What happened to a job (a record, a command, a notification): the `event` of a log line. */
export type JobEvent = "start" | "complete" | "fail" | "retry"

/** Fields of a log line that have a place of their own; all others go into `metadata`. */
export interface JobFields {
  /** Id of the record or command, never a payload. */
  readonly jobId?: string
  readonly event?: JobEvent
  readonly durationMs?: number
  readonly error?: string
}

/** One line of the log. Holds ids and figures, never secrets, payloads or personal data. */
export interface LogLine {
  readonly timestamp: string
  readonly level: LogLevel.LogLevel
  readonly worker: string
  readonly message: string
  readonly jobId?: string
  readonly event?: string
  /** Milliseconds. */
  readonly duration?: number
  readonly error?: string
  readonly traceId?: string
  readonly spanId?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

/**
 * Builds the line of a log call: texts are joined to the message, fields of objects and annotations are taken up.
 *
 * A `Redacted` value shows as `<redacted>`.
 */
export const logLine = (worker: string, options: Logger.Options<unknown>): LogLine => {
  const parts = Array.isArray(options.message) ? options.message : [options.message]
  const texts: Array<string> = []
  const fields: Record<string, unknown> = { ...options.fiber.getRef(References.CurrentLogAnnotations) }
  for (const part of parts) {
    if (isFields(part)) Object.assign(fields, part)
    else texts.push(part instanceof Error ? part.message : String(part))
  }
  const { jobId, event, durationMs, error, worker: named, ...metadata } = fields
  const span = options.fiber.cache.span
  const failure = error ?? (options.cause.reasons.length > 0 ? Cause.pretty(options.cause) : undefined)
  return {
    timestamp: options.date.toISOString(),
    level: options.logLevel,
    worker: typeof named === "string" ? named : worker,
    message: texts.join(" "),
    ...(jobId === undefined ? {} : { jobId: String(jobId) }),
    ...(event === undefined ? {} : { event: String(event) }),
    ...(durationMs === undefined ? {} : { duration: Number(durationMs) }),
    ...(failure === undefined ? {} : { error: String(failure) }),
    ...(span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata })
  }
}

const isFields = (part: unknown): part is Record<string, unknown> =>
  typeof part === "object" && part !== null && !(part instanceof Error)

/** Writes a line as JSON; a value that JSON can't hold shows as text. */
export const formatLogLine = (line: LogLine): string => JSON.stringify(line, (_, value) => jsonValue(value))

const jsonValue = (value: unknown): unknown => {
  if (typeof value === "bigint") return value.toString()
  if (value instanceof Error) return value.message
  return value
}
