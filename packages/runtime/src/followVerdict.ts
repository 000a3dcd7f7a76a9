import { wallClockMsOf } from "@millrace/telemetry"
import { Effect } from "effect"
import { type AttemptEnd, abandoned, again, apart, finished } from "./AttemptEnd.ts"
import type { FailureReport } from "./ErrorFingerprint.ts"
import type { HandlerVerdict } from "./HandlerVerdict.ts"
import { headerText, traceHeader } from "./Headers.ts"
import { fieldsOf, shown, withTrace } from "./Outlet.ts"
import type { AttemptParts } from "./RecordAttempts.ts"
import type { RecordJob } from "./RecordJob.ts"
import { endlessly, holdPolicy, startRetries } from "./RetrySchedule.ts"
import type { Outcome } from "./Worker.ts"

/**
 * Does what a verdict asks for: publishes the outcome, sets the record aside, or says when to try again.
 *
 * Never fails; its own waits are those for Kafka and the registry. `Finished` means that what had to be published is with
 * the broker.
 */
export const followVerdict = (
  parts: AttemptParts,
  job: RecordJob,
  verdict: HandlerVerdict
): Effect.Effect<AttemptEnd> => {
  switch (verdict._tag) {
    case "Handled":
      return publishOutcome(parts, job, verdict.outcome)
    case "Refused":
      return Effect.as(
        Effect.logInfo("refused by a rule", { ...fieldsOf(parts.worker, job.fetched), ...shown(verdict.failure) }),
        finished
      )
    case "Interrupted":
      return Effect.succeed(abandoned)
    case "SetAside":
      return setAside(parts, job, verdict.failure)
    case "Hold":
      return hold(parts, job, verdict.failure, verdict)
    case "TryAgain":
      return tryAgain(parts, job, verdict.failure, verdict.retryAfterMs)
  }
}

const publishOutcome = Effect.fnUntraced(function* (parts: AttemptParts, job: RecordJob, outcome: Outcome) {
  const trace = headerText(job.fetched.record.headers, traceHeader)
  const end = yield* parts.publish(job, withTrace(outcome.publish, trace))
  if (end._tag === "Refused") return job.companions.length > 0 ? apart : yield* setAside(parts, job, end.failure)
  return end._tag === "Sent" ? finished : abandoned
})

const setAside = Effect.fnUntraced(function* (parts: AttemptParts, job: RecordJob, failure: FailureReport) {
  const history = { attempts: job.failed + 1, firstFailureMs: job.firstFailureMs }
  const end = yield* parts.outlet.setAside(job.source, job.fetched, failure, history)
  if (end._tag === "Lost") return abandoned
  // A dead letter that the broker refuses (too large) must not be lost: it is held, and its partition with it.
  if (end._tag === "Refused") return yield* hold(parts, job, end.failure, {})
  parts.metrics[job.lane]!.deadLettered()
  return finished
})

const hold = Effect.fnUntraced(function* (
  parts: AttemptParts,
  job: RecordJob,
  failure: FailureReport,
  { retryAfterMs, wholeLane = false }: { readonly retryAfterMs?: number | undefined; readonly wholeLane?: boolean }
) {
  job.firstFailureMs ??= wallClockMsOf(parts.clock)
  job.why = lineOf(failure)
  job.holds ??= yield* startRetries(holdPolicy)
  const wait = yield* job.holds.next
  parts.metrics[job.lane]!.held()
  yield* Effect.logWarning("held: a dependency is down", {
    ...fieldsOf(parts.worker, job.fetched),
    event: "retry",
    ...shown(failure)
  })
  return again(retryAfterMs ?? wait ?? 0, wholeLane)
})

const tryAgain = Effect.fnUntraced(function* (
  parts: AttemptParts,
  job: RecordJob,
  failure: FailureReport,
  retryAfterMs: number | undefined
) {
  job.firstFailureMs ??= wallClockMsOf(parts.clock)
  job.why = lineOf(failure)
  const policy = parts.plan.lanes[job.lane]!.retry
  job.retries ??= yield* startRetries(parts.plan.neverDeadLetter ? endlessly(policy) : policy, job.failed)
  const wait = yield* job.retries.next
  if (wait === undefined) return yield* setAside(parts, job, failure)
  job.failed++
  parts.metrics[job.lane]!.retried()
  yield* Effect.logWarning("attempt failed", {
    ...fieldsOf(parts.worker, job.fetched),
    event: "retry",
    attempt: job.failed,
    ...shown(failure)
  })
  return again(retryAfterMs ?? wait)
})

const lineCharacters = 300

/** A failure in a line, as long as a header of a parked record may be. */
const lineOf = ({ message, tag }: FailureReport): string =>
  `${tag}: ${message}`.replace(/\s+/gu, " ").slice(0, lineCharacters)
