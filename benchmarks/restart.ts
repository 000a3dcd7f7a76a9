// How soon does a worker go on after a start with a table of a million keys, and after kill -9?
//
// `table`: a compacted topic of 300-byte values, 12 partitions, read by a new process each time: from the call to the worker
// that takes records. Rows are counted and compared. `recovery`, default settings: 200 records a second come in while one of
// two instances is killed, or the only one is killed and started again at once; the time from the kill to the first handled
// record of the killed one's partitions, and to the first of the last such partition. Every record must be handled.
import { randomUUID } from "node:crypto"
import type { TableRead, TableTask } from "./peers/bigTable.ts"
import { startApart } from "./stage/apart.ts"
import { type Figure, figureOf } from "./stage/figures.ts"
import { fillTopic } from "./stage/fillTopic.ts"
import { readOptions } from "./stage/options.ts"
import { type BenchTopic, topicName, valueBytes } from "./stage/records.ts"
import { type Recovered, recoverFromKill } from "./stage/recovery.ts"
import { finish, progress } from "./stage/report.ts"
import { startServers } from "./stage/servers.ts"

const options = readOptions(5, ["rows", "rate"])
const rows = options.number("rows", 1_000_000)
const ratePerSecond = options.number("rate", 200)
const partitions = 12
const chosen = (part: string): boolean => options.only.length === 0 || options.only.includes(part)

const tableReads = async (): Promise<ReadonlyArray<TableRead>> => {
  const topic: BenchTopic = { name: topicName(), partitions, lanes: ["high"], compacted: true }
  await fillTopic(topic, rows, rows)
  const reads: Array<TableRead> = []
  for (let run = 0; run <= options.runs; run += 1) {
    const peer = startApart("bigTable", options.profile)
    const task: TableTask = { topic, group: `it-bench-${randomUUID()}`, rows }
    const read = await peer.call<TableRead>("readTable", task).finally(peer.close)
    if (read.rows !== rows) throw new Error(`The table has ${read.rows} rows of ${rows}`)
    progress(options, `table, ${run === 0 ? "warm-up" : `run ${run}`}: ${(read.readyMs / 1_000).toFixed(2)} s`)
    if (run > 0) reads.push(read)
  }
  return reads
}

const recoveries = async (instances: 1 | 2): Promise<ReadonlyArray<Recovered>> => {
  const found: Array<Recovered> = []
  for (let run = 1; run <= options.runs; run += 1) {
    const recovered = await recoverFromKill(instances, partitions, ratePerSecond)
    if (recovered.lost > 0) throw new Error(`${recovered.lost} records were never handled after the kill`)
    progress(options, `kill of one of ${instances}, run ${run}: ${(recovered.firstMs / 1_000).toFixed(2)} s`)
    found.push(recovered)
  }
  return found
}

const tableFigures = (reads: ReadonlyArray<TableRead>): ReadonlyArray<Figure> => [
  figureOf(
    "table: read at the start",
    "records/s",
    reads.map((read) => rows / (read.readyMs / 1_000)),
    { guarded: true }
  ),
  figureOf(
    "table: until the worker takes records",
    "s",
    reads.map((read) => read.readyMs / 1_000),
    { better: "lower" }
  ),
  figureOf(
    "table: heap and buffers",
    "bytes/row",
    reads.map((read) => read.heapBytes / rows),
    { better: "lower" }
  ),
  figureOf(
    "table: resident memory of the process",
    "MiB",
    reads.map((read) => read.residentBytes / 2 ** 20),
    { better: "lower" }
  )
]

const recoveryFigures = (name: string, found: ReadonlyArray<Recovered>): ReadonlyArray<Figure> => [
  figureOf(
    `${name}: first record`,
    "s",
    found.map(({ firstMs }) => firstMs / 1_000),
    { better: "lower" }
  ),
  figureOf(
    `${name}: all partitions`,
    "s",
    found.map(({ allMs }) => allMs / 1_000),
    { better: "lower" }
  )
]

const servers = await startServers({ redis: false })
const figures: Array<Figure> = []
try {
  if (chosen("table")) figures.push(...tableFigures(await tableReads()))
  if (chosen("recovery")) {
    figures.push(...recoveryFigures("kill -9 of one of two instances", await recoveries(2)))
    figures.push(...recoveryFigures("kill -9 of the only instance, started again", await recoveries(1)))
  }
} finally {
  await servers.close()
}

finish(
  {
    benchmark: "restart",
    question: "Start with a table of a million keys, and recovery after kill -9",
    settings: { rows, ratePerSecond, partitions, valueBytes },
    figures,
    targets: []
  },
  options
)
