// What does it cost a worker to be traced, measured and scraped?
//
// The worker of `throughput`, plain and told to tell everything: spans, metrics and logs exported to a collector in its own
// process, `/metrics` read each second. Its records bring no trace; TRACES_PER_SECOND bounds those that it begins. Samples in
// turns, each kind in a process of its own; the processor's time is compared, as other work on the machine changes it less.
import { randomUUID } from "node:crypto"
import type { Consumed, ConsumeTask } from "./peers/Peer.ts"
import { type Apart, startApart } from "./stage/apart.ts"
import { atMost, figureOf, median } from "./stage/figures.ts"
import { fillTopic } from "./stage/fillTopic.ts"
import { readOptions } from "./stage/options.ts"
import { type BenchTopic, topicName, valueBytes } from "./stage/records.ts"
import { finish, progress } from "./stage/report.ts"
import { startServers } from "./stage/servers.ts"
import { expectWhole } from "./stage/tally.ts"

const options = readOptions(5, ["records"])
const records = options.number("records", 1_000_000)
const keys = 10_000
const partitions = 12
const modules = { plain: "millrace", observed: "observed" } as const
const names = ["plain", "observed"] as const

const servers = await startServers({ redis: false })
const topic: BenchTopic = { name: topicName(), partitions, lanes: ["high"], concurrency: 50 }
const peers = new Map<string, Apart>()
const results: Record<(typeof names)[number], Array<Consumed>> = { plain: [], observed: [] }
try {
  await fillTopic(topic, records, keys)
  for (const name of names) peers.set(name, startApart(modules[name], options.profile))
  for (let run = 0; run <= options.runs; run += 1) {
    for (const name of names) {
      const task: ConsumeTask = { topic, group: `it-bench-${randomUUID()}`, keys, records }
      const consumed = await peers.get(name)!.call<Consumed>("consume", task)
      expectWhole(name, consumed)
      const rate = Math.round(consumed.handled / (consumed.totalMs / 1_000))
      progress(options, `${run === 0 ? "warm-up" : `run ${run}`}: ${name} ${rate} records/s`)
      if (run > 0) results[name].push(consumed)
    }
  }
} finally {
  for (const peer of peers.values()) await peer.close()
  await servers.close()
}

const rates = (name: (typeof names)[number]) => results[name].map(({ handled, totalMs }) => handled / (totalMs / 1_000))
const cpu = (name: (typeof names)[number]) => results[name].map(({ cpuMs, handled }) => (cpuMs * 1_000) / handled)
const costs = cpu("observed").map((microseconds, run) => microseconds / cpu("plain")[run]! - 1)

finish(
  {
    benchmark: "observed",
    question: "Cost of tracing and metrics for a worker's throughput",
    settings: { records, keys, partitions, valueBytes, timed: "from the consume call to the last commit" },
    figures: names.flatMap((name) => [
      figureOf(name, "records/s", rates(name)),
      figureOf(`${name}, processor`, "µs/record", cpu(name), { better: "lower" })
    ]),
    targets: [atMost("processor time of the observed worker over the plain one, less 1", 0.1, median(costs))],
    notes: []
  },
  options
)
