import { report } from "@millrace/local"
import { wallClockMs } from "@millrace/telemetry"
import { Effect } from "effect"
import type { PlannedFault } from "./faultSchedule.ts"
import type { PastFault } from "./History.ts"
import { type FaultTargets, faultOf } from "./injectFault.ts"

const tenths = (milliseconds: number): number => Math.round(milliseconds / 100) / 10

/** Carries the planned faults out, each at its time, and returns them as they came about once the last one has ended. */
export const runFaults = (
  targets: FaultTargets,
  planned: ReadonlyArray<PlannedFault>,
  startedMs: number
): Effect.Effect<ReadonlyArray<PastFault>> =>
  Effect.forEach(
    planned,
    (fault) =>
      Effect.gen(function* () {
        const { begin, end } = faultOf(targets, fault)
        yield* Effect.sleep(Math.max(0, startedMs + fault.atSeconds * 1_000 - (yield* wallClockMs)))
        const atSeconds = tenths((yield* wallClockMs) - startedMs)
        yield* report(`${atSeconds.toFixed(1).padStart(6)} s  ${fault.kind} begins`)
        yield* begin
        if (fault.forSeconds > 0) yield* Effect.sleep(fault.forSeconds * 1_000)
        yield* end
        const endedSeconds = tenths((yield* wallClockMs) - startedMs)
        if (fault.forSeconds > 0) yield* report(`${endedSeconds.toFixed(1).padStart(6)} s  ${fault.kind} ends`)
        return { kind: fault.kind, atSeconds, endedSeconds }
      }),
    { concurrency: "unbounded" }
  )
