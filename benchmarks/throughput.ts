// How many records a second does a worker consume, decode, handle and commit, next to raw clients and BullMQ?
//
// The topic is filled before: 300-byte values, 12 partitions, 10,000 keys. Each sample reads all of it in a new group, from
// the call that begins to consume until the last offset is committed; every peer runs in a process of its own, in turns,
// after a warm-up. All decode with the same JSON.parse and the same compiled check, and commit each second. The raw clients
// keep their own, larger fetch sizes. BullMQ works off jobs that were added before, at its best of three concurrencies.
import { randomUUID } from "node:crypto"
import type { Consumed, ConsumeTask } from "./peers/Peer.ts"
import { type Apart, startApart } from "./stage/apart.ts"
import { atLeast, figureOf, median } from "./stage/figures.ts"
import { committedRecords, fillTopic } from "./stage/fillTopic.ts"
import { readOptions } from "./stage/options.ts"
import { type BenchTopic, topicName, valueBytes } from "./stage/records.ts"
import { finish, progress } from "./stage/report.ts"
import { startServers } from "./stage/servers.ts"
import { expectWhole } from "./stage/tally.ts"

const options = readOptions(5, ["records", "jobs", "concurrency"])
const records = options.number("records", 1_000_000)
const jobs = options.number("jobs", 25_000)
const keys = 10_000
const partitions = 12

interface Subject {
  readonly name: string
  readonly module: string
  readonly task: Pick<ConsumeTask, "records" | "concurrency">
}

const kafkaSubjects: ReadonlyArray<Subject> = [
  { name: "millrace", module: "millrace", task: { records } },
  { name: "kafkajs eachBatch", module: "rawKafkaJs", task: { records } },
  { name: "@platformatic/kafka stream", module: "platformatic", task: { records } }
]
/** BullMQ with one job at a time is slower: fewer jobs take as long. */
const queueSubjects: ReadonlyArray<Subject> = [1, 10, 50].map((concurrency) => ({
  name: `bullmq, concurrency ${concurrency}`,
  module: "bullmq",
  task: { concurrency, records: concurrency === 1 ? Math.ceil(jobs / 4) : jobs }
}))

const chosen = ({ name }: Subject): boolean =>
  options.only.length === 0 || options.only.some((word) => name.includes(word))
const wantsRedis = queueSubjects.some(chosen)
const servers = await startServers({ redis: wantsRedis })
const subjects = [...kafkaSubjects, ...(servers.redisUrl === undefined ? [] : queueSubjects)].filter(chosen)
const concurrency = options.number("concurrency", 50)
const topic: BenchTopic = { name: topicName(), partitions, lanes: ["high"], concurrency }
const peers = new Map<Subject, Apart>()

const sample = async (subject: Subject): Promise<Consumed> => {
  const onKafka = subject.module !== "bullmq"
  const group = `it-bench-${randomUUID()}`
  const task: ConsumeTask = { topic, group, keys, ...subject.task }
  const consumed = await peers.get(subject)!.call<Consumed>("consume", task)
  expectWhole(subject.name, consumed)
  const committed = onKafka ? await committedRecords(group, topic.name) : consumed.handled
  if (committed !== task.records) throw new Error(`${subject.name}: ${committed} of ${task.records} committed`)
  return consumed
}

const results = new Map<Subject, Array<Consumed>>(subjects.map((subject) => [subject, []]))
try {
  const startedAt = performance.now()
  await fillTopic(topic, records, keys)
  progress(options, `${records} records published in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`)
  for (const subject of subjects) peers.set(subject, startApart(subject.module, options.profile))
  for (let run = 0; run <= options.runs; run += 1) {
    for (const subject of subjects) {
      const consumed = await sample(subject)
      const rate = Math.round(consumed.handled / (consumed.totalMs / 1_000))
      progress(options, `${run === 0 ? "warm-up" : `run ${run}`}: ${subject.name} ${rate} records/s`)
      if (run > 0) results.get(subject)!.push(consumed)
    }
  }
} finally {
  for (const peer of peers.values()) await peer.close()
  await servers.close()
}

const rates = (subject: Subject, time: "totalMs" | "readingMs"): ReadonlyArray<number> =>
  results.get(subject)!.map((consumed) => consumed.handled / (consumed[time] / 1_000))

const best = (among: ReadonlyArray<Subject>): number =>
  Math.max(0, ...among.filter((subject) => results.has(subject)).map((subject) => median(rates(subject, "totalMs"))))

const figures = subjects.flatMap((subject) => {
  const guarded = subject.module === "millrace"
  const cpu = results.get(subject)!.map(({ cpuMs, handled }) => (cpuMs * 1_000) / handled)
  return [
    figureOf(subject.name, "records/s", rates(subject, "totalMs"), { guarded }),
    ...(subject.module === "bullmq"
      ? []
      : [figureOf(`${subject.name}, without the join`, "records/s", rates(subject, "readingMs"))]),
    figureOf(`${subject.name}, processor`, "µs/record", cpu, { better: "lower" })
  ]
})
const ours = best(kafkaSubjects.slice(0, 1))
const fastest = best(kafkaSubjects.slice(1))
const queue = best(queueSubjects)
finish(
  {
    benchmark: "throughput",
    question: "Records a second: consume, decode, handle, commit",
    settings: {
      records,
      jobs,
      keys,
      partitions,
      valueBytes,
      concurrency,
      timed: "from the consume call to the last commit"
    },
    figures,
    targets: [
      ...(ours > 0 && fastest > 0 ? [atLeast("share of the fastest raw client", 0.8, ours / fastest)] : []),
      ...(ours > 0 && queue > 0 ? [atLeast("times BullMQ at its best", 20, ours / queue)] : [])
    ],
    notes: servers.redisUrl === undefined && wantsRedis ? ["No redis-server on this machine: BullMQ was left out."] : []
  },
  options
)
