import type { RetryPolicy } from "@millrace/contracts"
import { formatTraceparent, remoteSpan, wallClockMsOf } from "@millrace/telemetry"
import { type Clock, Effect, Exit, Option, type Tracer } from "effect"
import type { Chunk } from "./BroadcastIntake.ts"
import type { FailureReport } from "./ErrorFingerprint.ts"
import { type FailureVerdict, judge, judgeCause } from "./HandlerVerdict.ts"
import { traceHeader } from "./Headers.ts"
import { fieldsOf, type Outlet, type Ownership, shown, withTrace } from "./Outlet.ts"
import type { AttemptParts } from "./RecordAttempts.ts"
import type { Fetched, RecordDecoder } from "./RecordDecoder.ts"
import { holdPolicy, type RetryWaits, startRetries } from "./RetrySchedule.ts"
import type { HandlerFailure, Incoming, Outcome } from "./Worker.ts"
import type { LaneMetrics } from "./WorkerMetrics.ts"

/** What the attempt of a chunk needs. */
export interface ChunkParts<R> {
  readonly worker: string
  readonly decoder: RecordDecoder<unknown>
  readonly handleChunk: (records: ReadonlyArray<Incoming<unknown>>) => Effect.Effect<Outcome, HandlerFailure, R>
  readonly retry: RetryPolicy
  readonly outlet: Outlet
  readonly metrics: LaneMetrics
  readonly clock: Clock.Clock
  readonly tracing: AttemptParts["tracing"]
  /** Chunks that handlers have in their hands. */
  readonly handling: Set<object>
}

interface Piece {
  readonly fetched: Fetched
  readonly record: Incoming<unknown>
}

/**
 * Works a chunk off: decodes its records, hands them over together, publishes the outcome; true when all is with the
 * broker, false when the partition was lost or the work interrupted.
 *
 * A record that can't be decoded is set aside and the others go on. A chunk that can't be handled is handed over record by
 * record, so that only the record at fault is set aside; the handler must bear to see a record again.
 */
export const attemptChunk = Effect.fnUntraced(function* <R>(parts: ChunkParts<R>, chunk: Chunk) {
  const pieces: Array<Piece> = []
  for (const fetched of chunk.records) {
    const decoded = yield* decode(parts, chunk.source, fetched)
    if (decoded === "lost") return false
    if (decoded !== "aside") pieces.push({ fetched, record: decoded })
  }
  return pieces.length === 0 || (yield* handlePieces(parts, chunk.source, pieces))
})

const decode = Effect.fnUntraced(function* <R>(parts: ChunkParts<R>, owner: Ownership, fetched: Fetched) {
  let waits: RetryWaits | undefined
  while (owner.owned) {
    const decoded = yield* Effect.exit(parts.decoder.decode(fetched, 1))
    if (Exit.isSuccess(decoded)) {
      if (decoded.value.value !== null) return decoded.value as Incoming<unknown>
      const failure: FailureReport = {
        kind: "permanent",
        tag: "MalformedRecord",
        message: `A record of ${fetched.topic} has no value, and its topic is not a table`,
        stack: undefined
      }
      return yield* asideOrLost(parts, owner, fetched, failure, 1)
    }
    const verdict = judgeCause(decoded.cause)
    if (verdict._tag === "Interrupted") return "lost" as const
    if (verdict._tag !== "Hold") return yield* asideOrLost(parts, owner, fetched, verdict.failure, 1)
    waits ??= yield* startRetries(holdPolicy)
    yield* pause(parts, fetched, verdict, waits)
  }
  return "lost" as const
})

const asideOrLost = Effect.fnUntraced(function* <R>(
  parts: ChunkParts<R>,
  owner: Ownership,
  fetched: Fetched,
  failure: FailureReport,
  attempts: number
) {
  const end = yield* parts.outlet.setAside(owner, fetched, failure, { attempts, firstFailureMs: undefined })
  if (end._tag === "Lost") return "lost" as const
  if (end._tag === "Refused") {
    // A dead letter that the broker refuses must not be lost: the partition waits here, and says so.
    yield* Effect.sleep(holdPolicy.cap)
    return "lost" as const
  }
  parts.metrics.deadLettered()
  parts.metrics.processed(1)
  return "aside" as const
})

const handlePieces: <R>(
  parts: ChunkParts<R>,
  owner: Ownership,
  pieces: ReadonlyArray<Piece>
) => Effect.Effect<boolean, never, R> = Effect.fnUntraced(function* <R>(
  parts: ChunkParts<R>,
  owner: Ownership,
  pieces: ReadonlyArray<Piece>
) {
  const first = pieces[0]!
  let retries: RetryWaits | undefined
  let holds: RetryWaits | undefined
  for (let attempts = 1; owner.owned; attempts++) {
    const failure = yield* handleOnce(parts, owner, pieces)
    if (failure === undefined) return true
    if (failure._tag === "Interrupted") return false
    if (failure._tag === "Refused") return true
    if (failure._tag === "Hold") {
      holds ??= yield* startRetries(holdPolicy)
      yield* pause(parts, first.fetched, failure, holds)
      continue
    }
    retries ??= yield* startRetries(parts.retry)
    if (failure._tag === "TryAgain" && (yield* pause(parts, first.fetched, failure, retries))) continue
    if (pieces.length === 1) {
      return (yield* asideOrLost(parts, owner, first.fetched, failure.failure, attempts)) === "aside"
    }
    for (const piece of pieces) if (!(yield* handlePieces(parts, owner, [piece]))) return false
    return true
  }
  return false
})

/** Hands the records over once and publishes the outcome; undefined when all went well. */
const handleOnce = Effect.fnUntraced(function* <R>(
  parts: ChunkParts<R>,
  owner: Ownership,
  pieces: ReadonlyArray<Piece>
): Effect.fn.Return<FailureVerdict | undefined, never, R> {
  const records = pieces.map(({ record }) => record)
  const startedMs = wallClockMsOf(parts.clock)
  const handled = parts.handleChunk(records)
  parts.handling.add(records)
  const verdict = judge(
    yield* Effect.exit(
      pieces.some(({ fetched }) => parts.tracing(fetched.record.headers, startedMs))
        ? traced(parts, records, handled)
        : handled
    ).pipe(Effect.ensuring(Effect.sync(() => parts.handling.delete(records))))
  )
  parts.metrics.handlerSeconds((wallClockMsOf(parts.clock) - startedMs) / 1000)
  if (verdict._tag !== "Handled") return verdict
  const trace = records.length === 1 ? records[0]!.headers[traceHeader] : undefined
  const end = yield* parts.outlet.publish(owner, withTrace(verdict.outcome.publish, trace))
  if (end._tag === "Refused") return { _tag: "SetAside", failure: end.failure }
  if (end._tag === "Lost") return { _tag: "Interrupted" }
  parts.metrics.processed(pieces.length)
  const writtenMs = pieces[0]!.fetched.record.timestampMs
  parts.metrics.ageSeconds(Math.max(0, wallClockMsOf(parts.clock) - writtenMs) / 1000)
  return undefined
})

/** Waits for the next attempt; false when there is none. */
const pause = Effect.fnUntraced(function* <R>(
  parts: ChunkParts<R>,
  fetched: Fetched,
  verdict: Extract<FailureVerdict, { readonly _tag: "Hold" | "TryAgain" }>,
  waits: RetryWaits
) {
  const wait = yield* waits.next
  if (wait === undefined) return false
  if (verdict._tag === "Hold") parts.metrics.held()
  else parts.metrics.retried()
  const fields = { ...fieldsOf(parts.worker, fetched), event: "retry", ...shown(verdict.failure) }
  yield* Effect.logWarning("chunk tried again", fields)
  yield* Effect.sleep(verdict.retryAfterMs ?? wait)
  return true
})

/** One span for the chunk, linked to the traces of its records. */
const traced = <R>(
  parts: ChunkParts<R>,
  records: ReadonlyArray<Incoming<unknown>>,
  handled: Effect.Effect<Outcome, HandlerFailure, R>
): Effect.Effect<Outcome, HandlerFailure, R> => {
  const spans = records.flatMap(
    (record): ReadonlyArray<Tracer.ExternalSpan> => Option.toArray(remoteSpan(record.headers[traceHeader]))
  )
  const only = spans.length === 1 ? spans[0] : undefined
  return Effect.gen(function* () {
    const outcome = yield* handled
    const span = yield* Effect.orDie(Effect.currentSpan)
    return { publish: withTrace(outcome.publish, formatTraceparent(span)) }
  }).pipe(
    Effect.withSpan(`${parts.worker} handles ${records[0]!.topic}`, {
      kind: "consumer",
      attributes: { topic: records[0]!.topic, records: records.length },
      ...(only === undefined ? { links: spans.map((span) => ({ span, attributes: {} })) } : { parent: only })
    })
  )
}
