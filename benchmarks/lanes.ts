// Does a backlog of a million low records slow urgent ones down?
//
// 100 urgent records a second (each of its own key) with nothing else to do, then with 1,000,000 records waiting in the low
// lane, with the default reserve and without one. Each handler waits 20 ms, so that the low lane keeps all handlers that it
// may take. Latency is from the intended time of the send to the start of the handler; the cases take turns, each sample
// starts the worker anew, and its first second and a half is not counted. BullMQ does the same with priorities in one queue.
import { randomUUID } from "node:crypto"
import type { LanesFound, LanesTask } from "./peers/Lanes.ts"
import { startApart } from "./stage/apart.ts"
import { atMost, type Figure, figureOf, median, percentile, rounded } from "./stage/figures.ts"
import { fillTopic, makeTopic } from "./stage/fillTopic.ts"
import { readOptions } from "./stage/options.ts"
import { type BenchTopic, topicName, valueBytes } from "./stage/records.ts"
import { finish, progress } from "./stage/report.ts"
import { startServers } from "./stage/servers.ts"

const options = readOptions(5, ["waiting", "jobs", "seconds", "rate"])
const waiting = options.number("waiting", 1_000_000)
const jobs = options.number("jobs", waiting)
const seconds = options.number("seconds", 5)
const ratePerSecond = options.number("rate", 100)
const warmUpSeconds = 1.5
const workMs = 20
const concurrency = 50
const partitions = 12
const lowKeys = 10_000

interface Case {
  readonly name: string
  readonly module: "millraceLanes" | "bullmqLanes"
  readonly waiting: number
  readonly reserve?: number
}
const calm: Case = { name: "millrace, nothing waits", module: "millraceLanes", waiting: 0 }
const loaded: Case = { name: "millrace, low lane waits", module: "millraceLanes", waiting }
const bare: Case = { name: "millrace, low lane waits, no reserve", module: "millraceLanes", waiting, reserve: 0 }
const queueCalm: Case = { name: "bullmq, nothing waits", module: "bullmqLanes", waiting: 0 }
const queueLoaded: Case = { name: "bullmq, low jobs wait", module: "bullmqLanes", waiting: jobs }
const all = [calm, loaded, bare, queueCalm, queueLoaded]

const chosen = ({ name }: Case): boolean =>
  options.only.length === 0 || options.only.some((word) => name.includes(word))
const servers = await startServers({ redis: all.filter(chosen).some((one) => one.module === "bullmqLanes") })
const cases = all.filter((one) => chosen(one) && (one.module !== "bullmqLanes" || servers.redisUrl !== undefined))
const ours = startApart("millraceLanes", options.profile)
const queue = startApart("bullmqLanes")
const results = new Map<Case, Array<LanesFound>>(cases.map((one) => [one, []]))

const newTopic = (): BenchTopic => ({ name: topicName(), partitions, lanes: ["critical", "low"] })
const fullQueue = `it-bench-${randomUUID()}`

const prepare = async (): Promise<BenchTopic> => {
  const topic = newTopic()
  const startedAt = performance.now()
  if (cases.some((one) => one.module === "millraceLanes" && one.waiting > 0))
    await fillTopic(topic, waiting, lowKeys, "low")
  if (cases.includes(queueLoaded)) await queue.call("fill", { group: fullQueue, waiting: jobs })
  progress(options, `low records are waiting after ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`)
  return topic
}

const sample = async (one: Case, full: BenchTopic): Promise<LanesFound> => {
  const topic = one.waiting > 0 ? full : newTopic()
  if (one.module === "millraceLanes" && one.waiting === 0) await makeTopic(topic)
  const group = one === queueLoaded ? fullQueue : `it-bench-${randomUUID()}`
  const { module, name: _, ...settings } = one
  return (module === "millraceLanes" ? ours : queue).call<LanesFound>("lanes", {
    topic,
    group,
    concurrency,
    workMs,
    ratePerSecond,
    warmUp: Math.round(ratePerSecond * warmUpSeconds),
    records: Math.round(ratePerSecond * seconds),
    ...settings
  } satisfies LanesTask)
}

try {
  const full = await prepare()
  for (let run = 1; run <= options.runs; run += 1) {
    for (const one of cases) {
      const found = await sample(one, full)
      results.get(one)!.push(found)
      const p99 = rounded(percentile(found.latencies, 0.99))
      progress(options, `run ${run}: ${one.name} p99 ${p99} ms, low ${rounded(found.lowPerSecond)}/s`)
    }
  }
} finally {
  await ours.close()
  await queue.close()
  await servers.close()
}

const p99s = (one: Case): ReadonlyArray<number> =>
  (results.get(one) ?? []).map(({ latencies }) => percentile(latencies, 0.99))
const ratio = (one: Case, base: Case): number => median(p99s(one)) / median(p99s(base))
const lowFigures = (one: Case): ReadonlyArray<Figure> =>
  one.waiting === 0
    ? []
    : [
        figureOf(
          `${one.name}: low lane`,
          "records/s",
          results.get(one)!.map(({ lowPerSecond }) => lowPerSecond)
        ),
        figureOf(
          `${one.name}: share of the low lane`,
          "of all",
          results.get(one)!.map(({ lowShare }) => lowShare)
        ),
        figureOf(
          `${one.name}: oldest low record begun`,
          "s",
          results.get(one)!.map(({ oldestSeconds }) => oldestSeconds),
          { better: "lower" }
        )
      ]

finish(
  {
    benchmark: "lanes",
    question: "Milliseconds until an urgent record's handler starts, with and without a backlog",
    settings: {
      waiting,
      jobs,
      seconds,
      warmUpSeconds,
      ratePerSecond,
      workMs,
      concurrency,
      partitions,
      lowKeys,
      valueBytes
    },
    figures: cases.flatMap((one) => [
      ...[0.5, 0.99].map((share) =>
        figureOf(
          `${one.name}: p${share * 100}`,
          "ms",
          results.get(one)!.map(({ latencies }) => percentile(latencies, share)),
          { better: "lower" }
        )
      ),
      ...lowFigures(one)
    ]),
    targets:
      cases.includes(calm) && cases.includes(loaded)
        ? [atMost("p99 with the backlog, in times of that without", 1.5, ratio(loaded, calm))]
        : [],
    notes: [
      ...(cases.includes(bare)
        ? [`p99 without a reserve: ${rounded(ratio(bare, calm))} × that without a backlog`]
        : []),
      ...(cases.includes(queueLoaded)
        ? [`p99 of bullmq: ${rounded(ratio(queueLoaded, queueCalm))} × its own without a backlog`]
        : [])
    ]
  },
  options
)
