import { Context } from "effect"
import type { WorkerFailed } from "./RuntimeError.ts"

/**
 * Ends the process because a worker can't go on; `runService` provides it. Without it (tests, embedding) the worker only
 * shows as not live.
 */
export const StopProcess = Context.Reference<(reason: WorkerFailed) => void>("@millrace/runtime/StopProcess", {
  defaultValue: () => () => {}
})
