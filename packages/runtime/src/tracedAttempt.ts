import { CurrentTraceBudget, formatTraceparent, isSampled, remoteSpan, TracingEnabled } from "@millrace/telemetry"
import { Clock, Effect, Option } from "effect"
import { headerText, traceHeader } from "./Headers.ts"
import { fieldsOf, withTrace } from "./Outlet.ts"
import type { Fetched } from "./RecordDecoder.ts"
import type { HandlerFailure, Incoming, Outcome } from "./Worker.ts"

const never = () => false

/**
 * Which attempts get a span: those of records whose own trace is kept, and of others as many as this process may begin traces.
 * A span for each record would cost as much as handling it.
 */
export const tracedAttempts = Effect.gen(function* () {
  if (!(yield* TracingEnabled)) return never
  const budget = yield* CurrentTraceBudget
  // The bytes of the one header: a record's headers become text only when a handler asks for them.
  return (headers: Readonly<Record<string, Uint8Array>>, nowMs: number): boolean => {
    const own = headerText(headers, traceHeader)
    return own === undefined ? budget.allows(nowMs) : isSampled(own)
  }
})

/** Gives the record a span below the one that published it; outputs of the handler are published under it. */
export const traced = (
  named: { readonly worker: string; readonly topic: string },
  record: Incoming<unknown>,
  handled: Effect.Effect<Outcome, HandlerFailure>
): Effect.Effect<Outcome, HandlerFailure> => {
  const parent = Option.getOrUndefined(remoteSpan(record.headers[traceHeader]))
  return Effect.gen(function* () {
    const outcome = yield* handled
    const span = yield* Effect.orDie(Effect.currentSpan)
    return { publish: withTrace(outcome.publish, formatTraceparent(span)) }
  }).pipe(
    Effect.withSpan(`${named.worker} handles ${named.topic}`, {
      kind: "consumer",
      attributes: { topic: record.topic, partition: record.partition, offset: record.offset, attempt: record.attempt },
      ...(parent === undefined ? {} : { parent })
    })
  )
}

/** Tells the start and the end of an attempt in the log, at debug level; a failure is told by what follows it. */
export const told = (
  worker: string,
  { failed, fetched }: { readonly failed: number; readonly fetched: Fetched },
  handled: Effect.Effect<Outcome, HandlerFailure>
): Effect.Effect<Outcome, HandlerFailure> =>
  Effect.gen(function* () {
    const fields = { ...fieldsOf(worker, fetched), attempt: failed + 1 }
    const startedMs = yield* Clock.currentTimeMillis
    yield* Effect.logDebug("attempt begins", { ...fields, event: "start" })
    const outcome = yield* handled
    const durationMs = (yield* Clock.currentTimeMillis) - startedMs
    yield* Effect.logDebug("attempt succeeded", { ...fields, event: "complete", durationMs })
    return outcome
  })
