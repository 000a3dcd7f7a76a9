import { assert, it } from "@effect/vitest"
import type { MarketTick } from "@millrace/contracts"
import { type Incoming, traceHeader } from "@millrace/runtime"
import { TracingEnabled } from "@millrace/telemetry"
import { Effect, Tracer } from "effect"
import { makeTickTraces } from "../src/TickTraces.ts"

const parent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`

const record = (headers: Readonly<Record<string, string>>) =>
  ({ headers, offset: 7, value: { market: "btc_usd", marketTimeMs: 5 } }) as Incoming<MarketTick>

const recording = (spans: Array<Tracer.NativeSpan>) =>
  Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })

it.effect("passes the tick's own header on where no spans are made", () =>
  Effect.gen(function* () {
    const traces = yield* makeTickTraces
    const seen: Array<string | undefined> = []
    traces.under(record({ [traceHeader]: parent }), () => seen.push(traces.current()))
    traces.under(record({}), () => seen.push(traces.current()))
    assert.deepStrictEqual([...seen, traces.current()], [parent, undefined, undefined])
  })
)

it.effect("gives what is decided with a tick a span below it, and a tick without a decision none", () =>
  Effect.gen(function* () {
    const spans: Array<Tracer.NativeSpan> = []
    const traces = yield* makeTickTraces.pipe(
      Effect.withTracer(recording(spans)),
      Effect.provideService(TracingEnabled, true)
    )
    let header: string | undefined
    traces.under(record({ [traceHeader]: parent }), () => {
      header = traces.current()
    })
    traces.under(record({ [traceHeader]: parent }), () => {})
    const ended = spans.filter(({ status }) => status._tag === "Ended")
    assert.strictEqual(ended.length, 1)
    assert.strictEqual(header, `00-${"a".repeat(32)}-${ended[0]!.spanId}-01`)
  })
)
