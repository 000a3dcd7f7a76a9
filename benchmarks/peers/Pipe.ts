import { openLoop } from "../stage/openLoop.ts"
import type { BenchTopic } from "../stage/records.ts"

/** Sends records one by one, and tells when the handler of each one starts. */
export interface Pipe {
  readonly send: (n: number) => Promise<unknown>
  readonly close: () => Promise<void>
}

export interface LatencyTask {
  readonly topic: BenchTopic
  readonly group: string
  readonly keys: number
  readonly ratePerSecond: number
  /** Sent before, at the same pace, and not counted. */
  readonly warmUp: number
  readonly records: number
}

export type OpenPipe = (task: LatencyTask, onStart: (n: number) => void) => Promise<Pipe>

const patienceMs = 20_000

/** Milliseconds from the intended time of each send to the start of its handler. Fails when a record is lost or comes twice. */
export const latenciesOf = async (open: OpenPipe, task: LatencyTask): Promise<Float64Array> => {
  const count = task.warmUp + task.records
  const startedAt = new Float64Array(count)
  const all = Promise.withResolvers<void>()
  let started = 0
  const pipe = await open(task, (n) => {
    if (startedAt[n] !== 0) all.reject(new Error(`Record ${n} came twice`))
    startedAt[n] = performance.now()
    started += 1
    if (started === count) all.resolve()
  })
  try {
    const intended = await openLoop(count, task.ratePerSecond, pipe.send)
    const lost = setTimeout(
      () => all.reject(new Error(`${count - started} of ${count} records never came`)),
      patienceMs
    )
    await all.promise
    clearTimeout(lost)
    return startedAt.map((at, n) => at - intended[n]!).slice(task.warmUp)
  } finally {
    await pipe.close()
  }
}
