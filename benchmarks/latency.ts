// How long is it from publishing a record to the start of its handler, at 1,000 records a second?
//
// One record a send, 300-byte values, 12 partitions, 1,000 keys; sender and reader are in the peer's own process. The pace
// is open: each record counts from the time at which it should have been sent, however late it went out, so that a stall
// is not left out. Each sample starts the peer anew, and its first second and a half are not counted. None may be lost or
// come twice. A timer of Node is late by up to a millisecond: that is in everybody's figures alike.
import { randomUUID } from "node:crypto"
import type { LatencyTask } from "./peers/Pipe.ts"
import { type Apart, startApart } from "./stage/apart.ts"
import { figureOf, median, percentile, rounded } from "./stage/figures.ts"
import { makeTopic } from "./stage/fillTopic.ts"
import { readOptions } from "./stage/options.ts"
import { type BenchTopic, topicName, valueBytes } from "./stage/records.ts"
import { finish, progress } from "./stage/report.ts"
import { startServers } from "./stage/servers.ts"

const options = readOptions(5, ["rate", "seconds"])
const ratePerSecond = options.number("rate", 1_000)
const seconds = options.number("seconds", 4)
const warmUpSeconds = 1.5
const keys = 1_000
const partitions = 12
const shares = [0.5, 0.95, 0.99]

interface Subject {
  readonly name: string
  readonly module: string
}
const all: ReadonlyArray<Subject> = [
  { name: "millrace", module: "millrace" },
  { name: "kafkajs", module: "rawKafkaJs" },
  { name: "@platformatic/kafka", module: "platformatic" },
  { name: "bullmq", module: "bullmq" }
]
const chosen = ({ name }: Subject): boolean =>
  options.only.length === 0 || options.only.some((word) => name.includes(word))

const wantsRedis = all.filter(chosen).some(({ module }) => module === "bullmq")
const servers = await startServers({ redis: wantsRedis })
const subjects = all.filter((one) => chosen(one) && (one.module !== "bullmq" || servers.redisUrl !== undefined))
const peers = new Map<Subject, Apart>(subjects.map((one) => [one, startApart(one.module, options.profile)]))
const results = new Map<Subject, Array<Float64Array>>(subjects.map((one) => [one, []]))

const sample = async (subject: Subject): Promise<Float64Array> => {
  const topic: BenchTopic = { name: topicName(), partitions, lanes: ["high"] }
  if (subject.module !== "bullmq") await makeTopic(topic)
  return peers.get(subject)!.call<Float64Array>("latency", {
    topic,
    group: `it-bench-${randomUUID()}`,
    keys,
    ratePerSecond,
    warmUp: Math.round(ratePerSecond * warmUpSeconds),
    records: Math.round(ratePerSecond * seconds)
  } satisfies LatencyTask)
}

try {
  for (let run = 0; run <= options.runs; run += 1) {
    for (const subject of subjects) {
      const latencies = await sample(subject)
      const shown = shares.map((share) => rounded(percentile(latencies, share))).join(" / ")
      progress(options, `${run === 0 ? "warm-up" : `run ${run}`}: ${subject.name} ${shown} ms`)
      if (run > 0) results.get(subject)!.push(latencies)
    }
  }
} finally {
  for (const peer of peers.values()) await peer.close()
  await servers.close()
}

finish(
  {
    benchmark: "latency",
    question: "Milliseconds from publishing a record to the start of its handler",
    settings: { ratePerSecond, seconds, warmUpSeconds, keys, partitions, valueBytes },
    figures: subjects.flatMap((subject) =>
      shares.map((share) => {
        const samples = results.get(subject)!.map((latencies) => percentile(latencies, share))
        return figureOf(`${subject.name} p${share * 100}`, "ms", samples, { better: "lower" })
      })
    ),
    targets: [],
    notes: subjects
      .filter(({ module }) => module !== "millrace")
      .map((subject) => {
        const p99 = (one: Subject) => median((results.get(one) ?? []).map((latencies) => percentile(latencies, 0.99)))
        return `p99 of ${subject.name}: ${rounded(p99(subject) / p99(subjects[0]!))} × that of ${subjects[0]!.name}`
      })
  },
  options
)
