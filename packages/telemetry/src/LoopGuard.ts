// Foreign boundary: starts a thread that looks after this thread's event loop.
import { Worker } from "node:worker_threads"
import { Effect, type Scope } from "effect"
import { type LoopGuardSettings, longestBlock, turns } from "./LoopMemory.ts"

/** How the event loop of this process does. */
export interface LoopGuard {
  /** Longest time, of the last 30 seconds, in which the event loop did not turn, in milliseconds; exact to a quarter second. */
  readonly longestBlockMs: () => number
}

const pollMs = 250
const remembered = 30_000 / pollMs

/**
 * Lets a thread of its own watch the event loop of this one, until the scope closes.
 *
 * Nothing within a blocked process can stop it in order or answer a health page, so the thread writes one last line to
 * standard error and kills the process; what was in flight comes again elsewhere. Time is counted in looks of the thread: a
 * process that was stopped (SIGSTOP) or a clock that was set counts nothing, as the thread stood still, too, or asks no clock.
 */
export const guardLoop = (options: {
  readonly worker: string
  readonly frozenAfterMs: number
}): Effect.Effect<LoopGuard, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const shared = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)
      const memory = new Int32Array(shared)
      const blocks: Array<number> = []
      const timer = setInterval(() => {
        Atomics.add(memory, turns, 1)
        blocks.push(Atomics.exchange(memory, longestBlock, 0))
        if (blocks.length > remembered) blocks.shift()
      }, pollMs)
      timer.unref()
      const workerData: LoopGuardSettings = { ...options, pollMs, shared }
      const thread = new Worker(new URL("./loopGuardThread.ts", import.meta.url), {
        workerData,
        execArgv: [],
        resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 }
      })
      thread.unref()
      return { longestBlockMs: () => Math.max(0, ...blocks), timer, thread }
    }),
    ({ thread, timer }) =>
      Effect.promise(() => {
        clearInterval(timer)
        return thread.terminate()
      })
  )
