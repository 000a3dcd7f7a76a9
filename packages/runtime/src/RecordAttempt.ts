import { formatTraceparent, remoteSpan, wallClockMsOf } from "@millrace/telemetry"
import { type Clock, Effect, Exit, Option } from "effect"
import type { FailureReport } from "./ErrorFingerprint.ts"
import { type HandlerVerdict, judge, judgeCause, judgeFailure } from "./HandlerVerdict.ts"
import { headerText, traceHeader } from "./Headers.ts"
import { fieldsOf, type Outlet, shown, withTrace } from "./Outlet.ts"
import type { RecordDecoder } from "./RecordDecoder.ts"
import type { RecordJob } from "./RecordJob.ts"
import { endlessly, holdPolicy, startRetries } from "./RetrySchedule.ts"
import { HandlerTimedOut, MalformedRecord } from "./RuntimeError.ts"
import type { InputPlan } from "./TopicPlan.ts"
import type { HandlerFailure, Incoming, Outcome } from "./Worker.ts"
import type { LaneMetrics } from "./WorkerMetrics.ts"

/** How an attempt ended for the input: finished for good, again later, or given up as the partition is not ours. */
export type AttemptEnd =
  | { readonly _tag: "Finished" }
  | { readonly _tag: "Again"; readonly afterMs: number }
  | { readonly _tag: "Abandoned" }

const finished: AttemptEnd = { _tag: "Finished" }
const abandoned: AttemptEnd = { _tag: "Abandoned" }

/** What an attempt needs. */
export interface AttemptParts<R> {
  readonly worker: string
  readonly plan: InputPlan
  readonly decoder: RecordDecoder<unknown>
  readonly handle: (record: Incoming<unknown>) => Effect.Effect<Outcome, HandlerFailure, R>
  readonly outlet: Outlet
  /** By index of the lane. */
  readonly metrics: ReadonlyArray<LaneMetrics>
  readonly clock: Clock.Clock
  readonly tracing: boolean
}

/**
 * Runs one attempt of a record: decode, handle within the timeout, then publish its outcome or set it aside.
 *
 * `Finished` means that what had to be published is with the broker. Never fails; interruption leaves the record
 * unfinished. Its own waits are only those for Kafka and the registry.
 */
export const attemptRecord = Effect.fnUntraced(function* <R>(parts: AttemptParts<R>, job: RecordJob) {
  const metrics = parts.metrics[job.lane]!
  const startedMs = wallClockMsOf(parts.clock)
  const verdict = yield* verdictOf(parts, job)
  metrics.handlerSeconds((wallClockMsOf(parts.clock) - startedMs) / 1000)
  const end = yield* follow(parts, job, verdict)
  if (end._tag === "Finished") metrics.processed()
  return end
})

const verdictOf = Effect.fnUntraced(function* <R>(parts: AttemptParts<R>, job: RecordJob) {
  const decoded = yield* Effect.exit(parts.decoder.decode(job.fetched, job.failed + 1))
  if (Exit.isFailure(decoded)) return judgeCause(decoded.cause)
  const record = decoded.value
  if (record.value === null) return judgeFailure(noTombstones(job))
  const { timeoutMs } = parts.plan.lanes[job.lane]!
  const handled = Effect.timeoutOrElse(parts.handle(record), {
    duration: timeoutMs,
    orElse: () => Effect.fail(new HandlerTimedOut({ timeoutMs }))
  })
  return judge(yield* Effect.exit(parts.tracing ? traced(parts, record, handled) : handled))
})

const noTombstones = (job: RecordJob): MalformedRecord =>
  new MalformedRecord({ topic: job.fetched.topic, issue: "it has no value, and its topic is not a table" })

/** Gives the record a span below the one that published it; outputs of the handler are published under it. */
const traced = <R>(
  parts: AttemptParts<R>,
  record: Incoming<unknown>,
  handled: Effect.Effect<Outcome, HandlerFailure, R>
): Effect.Effect<Outcome, HandlerFailure, R> => {
  const parent = Option.getOrUndefined(remoteSpan(record.headers[traceHeader]))
  return Effect.gen(function* () {
    const outcome = yield* handled
    const span = yield* Effect.orDie(Effect.currentSpan)
    return { publish: withTrace(outcome.publish, formatTraceparent(span)) }
  }).pipe(
    Effect.withSpan(`${parts.worker} handles ${parts.plan.contract.name}`, {
      kind: "consumer",
      attributes: { topic: record.topic, partition: record.partition, offset: record.offset, attempt: record.attempt },
      ...(parent === undefined ? {} : { parent })
    })
  )
}

const follow = <R>(parts: AttemptParts<R>, job: RecordJob, verdict: HandlerVerdict): Effect.Effect<AttemptEnd> => {
  switch (verdict._tag) {
    case "Handled":
      return verdict.outcome.publish.length === 0 ? succeedFinished : publishOutcome(parts, job, verdict.outcome)
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
      return hold(parts, job, verdict.failure, verdict.retryAfterMs)
    case "TryAgain":
      return tryAgain(parts, job, verdict.failure, verdict.retryAfterMs)
  }
}

const succeedFinished = Effect.succeed(finished)

const publishOutcome = Effect.fnUntraced(function* <R>(parts: AttemptParts<R>, job: RecordJob, outcome: Outcome) {
  const trace = headerText(job.fetched.record.headers, traceHeader)
  const end = yield* parts.outlet.publish(job.source, withTrace(outcome.publish, trace))
  if (end._tag === "Refused") return yield* setAside(parts, job, end.failure)
  return end._tag === "Sent" ? finished : abandoned
})

const setAside = Effect.fnUntraced(function* <R>(parts: AttemptParts<R>, job: RecordJob, failure: FailureReport) {
  const history = { attempts: job.failed + 1, firstFailureMs: job.firstFailureMs }
  const end = yield* parts.outlet.setAside(job.source, job.fetched, failure, history)
  if (end._tag === "Lost") return abandoned
  // A dead letter that the broker refuses (too large) must not be lost: it is held, and its partition with it.
  if (end._tag === "Refused") return yield* hold(parts, job, end.failure, undefined)
  parts.metrics[job.lane]!.deadLettered()
  return finished
})

const hold = Effect.fnUntraced(function* <R>(
  parts: AttemptParts<R>,
  job: RecordJob,
  failure: FailureReport,
  retryAfterMs: number | undefined
) {
  job.firstFailureMs ??= wallClockMsOf(parts.clock)
  job.holds ??= yield* startRetries(holdPolicy)
  const wait = yield* job.holds.next
  yield* Effect.logWarning("held: a dependency is down", {
    ...fieldsOf(parts.worker, job.fetched),
    event: "retry",
    ...shown(failure)
  })
  return again(retryAfterMs ?? wait ?? 0)
})

const tryAgain = Effect.fnUntraced(function* <R>(
  parts: AttemptParts<R>,
  job: RecordJob,
  failure: FailureReport,
  retryAfterMs: number | undefined
) {
  job.firstFailureMs ??= wallClockMsOf(parts.clock)
  const policy = parts.plan.lanes[job.lane]!.retry
  job.retries ??= yield* startRetries(parts.plan.neverDeadLetter ? endlessly(policy) : policy)
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

const again = (afterMs: number): AttemptEnd => ({ _tag: "Again", afterMs })
