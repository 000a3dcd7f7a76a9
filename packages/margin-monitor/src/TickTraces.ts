import type { MarketTick } from "@millrace/contracts"
import { type Incoming, traceHeader } from "@millrace/runtime"
import { makePlainSpans, wallClockMsOf } from "@millrace/telemetry"
import { Clock, Effect } from "effect"

/** Hands the trace of a tick on to what is decided with it. */
export interface TickTraces {
  /** Evaluates a tick; what `current` gives meanwhile belongs to its trace. */
  readonly under: (record: Incoming<MarketTick>, evaluate: () => void) => void
  /** The `traceparent` header for an output that is decided now; undefined outside of a traced tick. */
  readonly current: () => string | undefined
}

/** A tick gets a span only when something is decided with it; without spans its own header is passed on. */
export const makeTickTraces: Effect.Effect<TickTraces> = Effect.gen(function* () {
  const clock = yield* Clock.Clock
  const spans = yield* makePlainSpans
  let trace: string | undefined
  let used = false
  return {
    under: (record, evaluate) => {
      const parent = record.headers[traceHeader]
      if (parent === undefined) {
        evaluate()
        return
      }
      const { market, marketTimeMs } = record.value
      const span = spans.begin("margin-monitor decides with a tick", {
        kind: "consumer",
        startMs: wallClockMsOf(clock),
        parent,
        attributes: { market, marketTimeMs, offset: record.offset }
      })
      trace = span?.traceparent ?? parent
      used = false
      evaluate()
      trace = undefined
      if (used) span?.end(wallClockMsOf(clock))
    },
    current: () => {
      used = true
      return trace
    }
  }
})
