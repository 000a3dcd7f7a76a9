// Foreign boundary: a thread of its own that no block of the main thread holds up.
import { writeSync } from "node:fs"
import { workerData } from "node:worker_threads"
import { type LoopGuardSettings, longestBlock, turns } from "./LoopMemory.ts"

const { frozenAfterMs, pollMs, shared, worker } = workerData as LoopGuardSettings
const memory = new Int32Array(shared)
/** Nobody ever wakes it: waiting on it is a sleep that asks no clock of the wall. */
const nobody = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))

const end = (blockedMs: number): void => {
  const line = {
    timestamp: new Date().toISOString(),
    level: "Fatal",
    worker,
    message: `the event loop did not turn for ${blockedMs / 1000} s; the process is killed so that its supervisor starts it anew`,
    event: "fail"
  }
  writeSync(2, `${JSON.stringify(line)}\n`)
  process.kill(process.pid, "SIGKILL")
}

let known = Atomics.load(memory, turns)
let missed = 0
for (;;) {
  Atomics.wait(nobody, 0, 0, pollMs)
  const now = Atomics.load(memory, turns)
  missed = now === known ? missed + 1 : 0
  known = now
  // One look without a turn is jitter.
  const blockedMs = Math.max(0, missed - 1) * pollMs
  if (blockedMs > Atomics.load(memory, longestBlock)) Atomics.store(memory, longestBlock, blockedMs)
  if (frozenAfterMs > 0 && blockedMs >= frozenAfterMs) end(blockedMs)
}
