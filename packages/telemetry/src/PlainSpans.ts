import { Context, Effect, Exit, Option, type Tracer } from "effect"
import { TracingEnabled } from "./Telemetry.ts"
import { CurrentTraceBudget, isSampled } from "./TraceBudget.ts"
import { formatTraceparent, remoteSpan } from "./Traceparent.ts"

/** How a span begins. */
export interface SpanStart {
  readonly kind: Tracer.SpanKind
  /** Wall time in milliseconds, with a fraction. */
  readonly startMs: number
  /** The `traceparent` header of the span above; absent: a trace of its own begins. */
  readonly parent?: string | undefined
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
}

/** A span that plain code has begun; one that is never ended is not exported. */
export interface PlainSpan {
  /** For the headers of what it causes. */
  readonly traceparent: string
  readonly end: (endMs: number) => void
}

/** Makes spans in plain code, where an Effect for each record would cost too much; `undefined` for what is not traced. */
export interface PlainSpans {
  readonly begin: (name: string, start: SpanStart) => PlainSpan | undefined
}

const nanosOf = (ms: number): bigint => BigInt(Math.round(ms * 1_000)) * 1_000n

/** The spans of this process. */
export const makePlainSpans: Effect.Effect<PlainSpans> = Effect.gen(function* (): Effect.fn.Return<PlainSpans> {
  const enabled = yield* TracingEnabled
  const tracer = yield* Effect.tracer
  const budget = yield* CurrentTraceBudget
  if (!enabled) return { begin: () => undefined }
  return {
    begin: (name, { attributes = {}, kind, parent, startMs }) => {
      if (parent === undefined ? !budget.allows(startMs) : !isSampled(parent)) return undefined
      const above = remoteSpan(parent)
      const span = tracer.span({
        name,
        parent: above,
        annotations: Context.empty(),
        links: [],
        startTime: nanosOf(startMs),
        kind,
        root: Option.isNone(above),
        sampled: true
      })
      for (const [key, value] of Object.entries(attributes)) span.attribute(key, value)
      return { traceparent: formatTraceparent(span), end: (endMs) => span.end(nanosOf(endMs), Exit.void) }
    }
  }
})
