import { makeTable, type RunningWorker, runWorker } from "@millrace/runtime"
import { Effect } from "effect"
import { type BenchOrder, type BenchTopic, contractOf, orderOf } from "../stage/records.ts"
import { benchServices } from "./millrace.ts"

export interface TableTask {
  readonly topic: BenchTopic
  readonly group: string
  readonly rows: number
}

export interface TableRead {
  /** From the call to the worker that takes records. */
  readonly readyMs: number
  readonly rows: number
  /** Heap in use and buffers after a collection, more than before the call. */
  readonly heapBytes: number
  readonly residentBytes: number
}

const memory = () => {
  globalThis.gc?.()
  const { arrayBuffers, heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed + arrayBuffers, rss }
}

/** Reads a whole table as a worker does at its start, and checks that every row is there and is its own. */
export const readTable = (task: TableTask): Promise<TableRead> => {
  const before = memory()
  const run = Effect.gen(function* () {
    const startedAt = performance.now()
    const table = yield* makeTable<BenchOrder>({ contract: contractOf(task.topic), scope: "all" })
    const worker: RunningWorker = yield* runWorker({
      name: task.group,
      instance: "1",
      publishes: [],
      tables: [table as never]
    })
    const readyMs = performance.now() - startedAt
    const undecodable = worker.status().tables.reduce((sum, one) => sum + one.undecodable, 0)
    if (undecodable > 0) throw new Error(`${undecodable} rows could not be decoded`)
    for (let n = 0; n < task.rows; n += 997) {
      const row = table.get(`k${n}`)
      if (row?.n !== n || row.note !== orderOf(n).note) throw new Error(`Row k${n} holds ${JSON.stringify(row)}`)
    }
    const after = memory()
    return { readyMs, rows: table.size(), heapBytes: after.heap - before.heap, residentBytes: after.rss }
  })
  return Effect.runPromise(run.pipe(Effect.scoped, Effect.provide(benchServices([task.topic]))))
}
