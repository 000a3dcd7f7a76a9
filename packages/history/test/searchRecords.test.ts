/** Records looked for on a broker in memory: found in the order of their times, page by page, with bounded work. */
import { assert, it } from "@effect/vitest"
import { decisions, marketTicks, type Topic, TopicsFile } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { Effect } from "effect"
import { type RecordSearch, searchedTopic, searchPlaces, searchRecords } from "../src/index.ts"
import { decision, tickOf } from "./fixtures.ts"
import { createTopics, historyLayer, writeAt } from "./HistoryBench.ts"

const roomy = { records: 10_000, ms: 60_000 }

const declared = (name: string) => Effect.flatMap(TopicsFile, (topics) => topics.declared(name))

/** All pages of a search: the offsets of what was found, and how many calls it took. */
const pages = Effect.fnUntraced(function* (topic: Topic, search: Omit<RecordSearch, "places">) {
  const found: Array<string> = []
  let calls = 0
  let next: string | undefined
  do {
    const places = next === undefined ? undefined : searchPlaces(next)!
    const page = yield* searchRecords(searchedTopic(topic), { ...search, ...(places === undefined ? {} : { places }) })
    assert.isAtMost(page.records.length, search.limit)
    assert.isAtMost(page.examined, search.budget.records)
    found.push(...page.records.map(({ record }) => String(record.timestampMs)))
    next = page.next
    calls += 1
  } while (next !== undefined && calls < 1_000)
  return { found, calls }
})

/** 200 decisions of 7 accounts in two workspaces, a millisecond apart. */
const written = Effect.gen(function* () {
  yield* createTopics
  for (let n = 1; n <= 200; n += 1) {
    const accountId = `a${n % 7}`
    const value = { ...decision, accountId, ruleId: `rule-${n % 3}` }
    yield* writeAt(n, decisions, { key: accountId, value, workspaceId: n % 2 === 0 ? "w1" : "w2" })
  }
  return yield* declared(decisions.name)
})
const numbers = (keep: (n: number) => boolean) =>
  Array.from({ length: 200 }, (_, n) => n + 1)
    .filter(keep)
    .map(String)

/**
 * @guarantee records: A search in a topic of any size is answered in calls of bounded work, which together find each record once, in the order of their times
 * @how a broker in memory, all partitions, both orders, pages and budgets of several sizes
 */
it.effect.each([
  ["newest", 500, roomy],
  ["newest", 7, roomy],
  ["newest", 50, { records: 13, ms: 60_000 }],
  ["oldest", 500, roomy],
  ["oldest", 7, roomy],
  ["oldest", 50, { records: 13, ms: 60_000 }]
] as const)("finds everything once, %s first, in pages of %i", ([order, limit, budget]) =>
  Effect.gen(function* () {
    const topic = yield* written
    const { calls, found } = yield* pages(topic, { order, limit, budget })
    const wanted = numbers(() => true)
    assert.deepStrictEqual(found, order === "newest" ? wanted.toReversed() : wanted)
    assert.isAtLeast(calls, Math.ceil(200 / Math.min(limit, budget.records)))
  }).pipe(Effect.provide(historyLayer))
)

it.effect("finds records of a workspace, time, key and value only", () =>
  Effect.gen(function* () {
    const topic = yield* written
    const of = (search: Partial<RecordSearch>) =>
      Effect.map(pages(topic, { order: "oldest", limit: 500, budget: roomy, ...search }), ({ found }) => found)
    assert.deepStrictEqual(
      yield* of({ workspaceId: "w1" }),
      numbers((n) => n % 2 === 0)
    )
    assert.deepStrictEqual(yield* of({ workspaceId: "w3" }), [])
    assert.deepStrictEqual(
      yield* of({ fromMs: 50, toMs: 60 }),
      numbers((n) => n >= 50 && n < 60)
    )
    assert.deepStrictEqual(
      yield* of({ key: "a3" }),
      numbers((n) => n % 7 === 3)
    )
    const matches: RecordSearch["matches"] = ({ value }) =>
      value._tag === "Decoded" && (value.value as { ruleId: string }).ruleId === "rule-2"
    assert.deepStrictEqual(
      yield* of({ matches, workspaceId: "w2" }),
      numbers((n) => n % 3 === 2 && n % 2 === 1)
    )
    const one = yield* searchRecords(searchedTopic(topic), { order: "newest", limit: 5, budget: roomy, key: "a3" })
    assert.isAtMost(one.examined, 60, "only the key's partition is read")
  }).pipe(Effect.provide(historyLayer))
)

it.effect("begins at an offset of a partition, in either order, and ends when its time is over", () =>
  Effect.gen(function* () {
    yield* createTopics
    for (let n = 1; n <= 20; n += 1) yield* writeAt(n, marketTicks, { key: "btc_usd", value: tickOf(n, n) })
    const topic = yield* declared(marketTicks.name)
    const { admin } = yield* KafkaClient
    const partition = (yield* admin.offsets(topic.name)).find(({ end }) => end > 0)!.partition
    const from = (order: "newest" | "oldest") =>
      Effect.map(
        pages(topic, {
          ...{ order, limit: 3, budget: roomy, partition },
          ...(order === "newest" ? { toOffset: 5 } : { fromOffset: 4 })
        }),
        ({ found }) => found
      )
    assert.deepStrictEqual(yield* from("newest"), ["5", "4", "3", "2", "1"])
    assert.deepStrictEqual((yield* from("oldest")).slice(0, 3), ["5", "6", "7"])
    const late = yield* searchRecords(searchedTopic(topic), {
      order: "newest",
      limit: 5,
      budget: { records: 10, ms: 0 }
    })
    assert.deepStrictEqual([late.records.length, late.next === undefined], [0, false])
  }).pipe(Effect.provide(historyLayer))
)

it("takes no other text for a cursor", () => {
  for (const text of ["", "x", "bm8", Buffer.from('[["t",-1,0]]').toString("base64url")])
    assert.isUndefined(searchPlaces(text), text)
})
