// How near does a worker come to the ideal when its handlers wait 0, 1, 10 or 100 ms, with 1, 20 or 1,000 keys?
//
// The ideal is min(keys, concurrency) handlers side by side, each as long as the machine's timers really take with so many
// waits at once (measured without a worker, just before). A sample is the time for about a second's records out of a filled
// topic, in the middle of a run; each key must see an unbroken sequence, one record at a time. The ceiling of a fast
// case is the throughput of a handler that does nothing, measured as the benchmark `throughput` does, in the same call.
// Then the case that the Confluent Parallel Consumer publishes: 10,000 records, 0 to 5 ms each, 1 partition, 1,000 keys.
import { randomUUID } from "node:crypto"
import type { RandomWaitTask, TimersTask, Waited, WaitTask } from "./peers/asyncHandlers.ts"
import type { Consumed, ConsumeTask } from "./peers/Peer.ts"
import { startApart } from "./stage/apart.ts"
import { atLeast, atMost, figureOf, median, rounded } from "./stage/figures.ts"
import { fillTopic } from "./stage/fillTopic.ts"
import { readOptions } from "./stage/options.ts"
import { type BenchTopic, topicName } from "./stage/records.ts"
import { finish, progress } from "./stage/report.ts"
import { startServers } from "./stage/servers.ts"
import { expectWhole } from "./stage/tally.ts"

const options = readOptions(5, ["records", "sample-ms", "work", "keys", "partitions"])
const records = options.number("records", 200_000)
const sampleMs = options.number("sample-ms", 900)
const numbers = (name: string, fallback: string): ReadonlyArray<number> =>
  options.text(name, fallback).split(",").map(Number)
const works = numbers("work", "0,1,10,100")
const keyCounts = numbers("keys", "1,20,1000")
const partitionCounts = numbers("partitions", "1,8")
const defaultConcurrency = 50
const share = 0.9
/** From the project's page: order by key, maxConcurrency 100 on 16 threads. */
const published = { records: 10_000, upToMs: 5, keys: 1_000, seconds: 2.056 }

interface Case {
  readonly workMs: number
  readonly keys: number
  readonly partitions: number
  readonly concurrency: number
}

const concurrencies = (keys: number): ReadonlyArray<number> =>
  keys > defaultConcurrency ? [defaultConcurrency, keys] : [defaultConcurrency]

const cases: ReadonlyArray<Case> = works.flatMap((workMs) =>
  keyCounts.flatMap((keys) =>
    partitionCounts.flatMap((partitions) =>
      concurrencies(keys).map((concurrency) => ({ workMs, keys, partitions, concurrency }))
    )
  )
)

const nameOf = ({ concurrency, keys, partitions, workMs }: Case): string =>
  `${workMs} ms, ${keys} keys, ${partitions} partitions, concurrency ${concurrency}`

const group = (): string => `it-bench-${randomUUID()}`
const servers = await startServers({ redis: false })
const peer = startApart("asyncHandlers", options.profile)
const noop = startApart("millrace", options.profile)

/** Records a second of a handler that does nothing: 12 partitions, 10,000 keys. */
const ceilingOf = async (): Promise<number> => {
  const topic: BenchTopic = { name: topicName(), partitions: 12, lanes: ["high"] }
  const count = records * 2
  await fillTopic(topic, count, 10_000)
  const rates: Array<number> = []
  for (let run = 0; run <= 3; run += 1) {
    const task: ConsumeTask = { topic, group: group(), records: count, keys: 10_000 }
    const consumed = await noop.call<Consumed>("consume", task)
    expectWhole("throughput", consumed)
    if (run > 0) rates.push(count / (consumed.totalMs / 1_000))
  }
  return median(rates)
}

const side = ({ concurrency, keys }: Case): number => Math.min(keys, concurrency)

/** What `side` waits at once take, measured just before. */
const timersOf = (one: Case): Promise<number> =>
  peer.call<number>("timers", {
    workMs: one.workMs,
    sleepers: side(one),
    durationMs: Math.max(400, 3 * one.workMs)
  } satisfies TimersTask)

const run = async (one: Case, topic: BenchTopic, ceiling: number) => {
  const timersMs = one.workMs === 0 ? 0 : await timersOf(one)
  const ideal = timersMs === 0 ? Number.POSITIVE_INFINITY : (side(one) * 1_000) / timersMs
  const expected = Math.min(ideal, ceiling)
  const wave = side(one)
  const room = Math.floor((records * 0.9) / (options.runs + 1))
  const perSample = Math.max(
    wave,
    Math.min(room, wave * Math.max(1, Math.floor(((expected / wave) * sampleMs) / 1_000)))
  )
  const task: WaitTask = {
    topic,
    group: group(),
    ...one,
    warmUp: Math.ceil(perSample / 2 / wave) * wave,
    perSample,
    samples: options.runs
  }
  const waited = await peer.call<Waited>("wait", task)
  const rates = waited.sampleMs.map((ms) => perSample / (ms / 1_000))
  progress(options, `${nameOf(one)}: ${rounded(median(rates))}/s of ${rounded(expected)}`)
  return { one, rates, timersMs, sleptMs: waited.sleptMs, ideal, expected }
}

const topicOf = async (keys: number, partitions: number): Promise<BenchTopic> => {
  const topic: BenchTopic = { name: topicName(), partitions, lanes: ["high"] }
  await fillTopic(topic, records, keys)
  return topic
}

const compared = async (concurrency: number) => {
  const topic: BenchTopic = { name: topicName(), partitions: 1, lanes: ["high"] }
  await fillTopic(topic, published.records, published.keys)
  const seconds: Array<number> = []
  for (let sample = 0; sample <= options.runs; sample += 1) {
    const task: RandomWaitTask = { topic, group: group(), concurrency, ...published }
    const elapsedMs = await peer.call<number>("randomWait", task)
    if (sample > 0) seconds.push(elapsedMs / 1_000)
  }
  const name = `10,000 records of 0 to 5 ms, 1 partition, 1,000 keys, concurrency ${concurrency}`
  return figureOf(name, "s", seconds, { better: "lower" })
}

const found: Array<Awaited<ReturnType<typeof run>>> = []
const comparisons: Array<Awaited<ReturnType<typeof compared>>> = []
let ceiling = 0
try {
  ceiling = await ceilingOf()
  progress(options, `a handler that does nothing: ${rounded(ceiling)}/s`)
  const topics = new Map<string, BenchTopic>()
  for (const one of cases) {
    const place = `${one.keys}/${one.partitions}`
    if (!topics.has(place)) topics.set(place, await topicOf(one.keys, one.partitions))
    found.push(await run(one, topics.get(place)!, ceiling))
  }
  for (const concurrency of [16, 100]) comparisons.push(await compared(concurrency))
} finally {
  await peer.close()
  await noop.close()
  await servers.close()
}

const waiting = found.filter(({ one }) => one.workMs > 0)
finish(
  {
    benchmark: "handlers",
    question: "Records a second with handlers that wait, against the ideal",
    settings: { records, sampleMs, defaultConcurrency, works, keyCounts, partitionCounts },
    figures: [
      ...found.map(({ one, rates }) => figureOf(nameOf(one), "records/s", rates, { guarded: one.workMs > 0 })),
      figureOf("a handler that does nothing, 12 partitions", "records/s", [ceiling]),
      ...comparisons
    ],
    targets: [
      ...waiting.map(({ expected, one, rates }) =>
        atLeast(`${nameOf(one)}: share of the smaller of ideal and throughput`, share, median(rates) / expected)
      ),
      ...comparisons.map(({ median, name }) =>
        atMost(`${name} (Confluent Parallel Consumer, published)`, published.seconds, median)
      )
    ],
    notes: waiting.map(
      ({ ideal, one, sleptMs, timersMs }) =>
        `${nameOf(one)}: timers take ${rounded(timersMs)} ms without a worker, ${rounded(sleptMs)} ms in it; ideal ${rounded(ideal)}/s`
    )
  },
  options
)
