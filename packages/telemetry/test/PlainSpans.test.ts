import { assert, it } from "@effect/vitest"
import { Effect, Option, Tracer } from "effect"
import { CurrentTraceBudget, makePlainSpans, makeTraceBudget, parseTraceparent, TracingEnabled } from "../src/index.ts"

const recorded = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { spans, tracer }
}

it.effect("makes nothing where no spans are exported", () =>
  Effect.gen(function* () {
    const { begin } = yield* makePlainSpans
    assert.isUndefined(begin("a", { kind: "internal", startMs: 0 }))
  })
)

it.effect("begins a trace of its own, or goes on with that of a header, at the times that it is given", () =>
  Effect.gen(function* () {
    const { spans, tracer } = recorded()
    const { begin } = yield* makePlainSpans.pipe(Effect.withTracer(tracer), Effect.provideService(TracingEnabled, true))
    const first = begin("first", {
      kind: "producer",
      startMs: 1_700_000_000_000.25,
      attributes: { market: "btc_usd" }
    })!
    const second = begin("second", { kind: "consumer", startMs: 1_700_000_000_001, parent: first.traceparent })!
    first.end(1_700_000_000_002)
    assert.strictEqual(spans[0]!.status._tag, "Ended")
    assert.strictEqual(spans[0]!.status.startTime, 1_700_000_000_000_250_000n)
    assert.strictEqual(spans[0]!.attributes.get("market"), "btc_usd")
    assert.strictEqual(spans[1]!.status._tag, "Started")
    assert.strictEqual(spans[1]!.traceId, spans[0]!.traceId)
    assert.strictEqual(Option.getOrThrow(spans[1]!.parent).spanId, spans[0]!.spanId)
    assert.strictEqual(Option.getOrThrow(parseTraceparent(second.traceparent)).spanId, spans[1]!.spanId)
  })
)

it.effect("makes nothing below a span that is not kept, and begins no more traces in a second than its budget", () =>
  Effect.gen(function* () {
    const { spans, tracer } = recorded()
    const { begin } = yield* makePlainSpans.pipe(
      Effect.withTracer(tracer),
      Effect.provideService(TracingEnabled, true),
      Effect.provideService(CurrentTraceBudget, makeTraceBudget(2))
    )
    assert.isUndefined(
      begin("dropped", { kind: "consumer", startMs: 0, parent: `00-${"a".repeat(32)}-${"b".repeat(16)}-00` })
    )
    const begun = [0, 300, 999, 1_000].map((startMs) => begin("root", { kind: "producer", startMs }) !== undefined)
    assert.deepStrictEqual(begun, [true, true, false, true])
    const parent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`
    for (let n = 0; n < 10; n++) assert.isDefined(begin("below", { kind: "consumer", startMs: 0, parent }))
    assert.lengthOf(spans, 13)
  })
)
