import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { type InvalidTopicsFile, parseTopics, type TopicsIssue } from "../src/index.ts"

const head = `version: 1
defaults:
  partitions: 12
  replication: broker
  retention: 7 days
  tombstones: 1 day
  maxMessage: 1 MiB
  retry: { attempts: 3, backoff: exponential, initial: 1 second, factor: 2, jitter: 0.2, cap: 1 minute }
  timeout: 30 seconds
  concurrency: 50
  deadLetters: { partitions: 3, retention: 30 days }
topics:
`
/** The first line after the head is line 13 of the file. */
const parse = (topics: string) => parseTopics(head + topics, "topics.yaml")
const issuesOf = (result: Result.Result<unknown, InvalidTopicsFile>): ReadonlyArray<TopicsIssue> =>
  Result.isFailure(result) ? result.failure.issues : []
const records = "records: { Thing: { writer: market-data, readers: [margin-monitor] } }"

describe("a topic", () => {
  it("gets what it leaves out from the defaults", () => {
    const topics = Result.getOrThrow(parse(`  things:\n    about: Things\n    key: thing id\n    ${records}\n`))
    const topic = topics.topic("things")!
    assert.strictEqual(topic.partitions, 12)
    assert.strictEqual(topic.replication, -1)
    assert.strictEqual(topic.maxMessageBytes, 1_048_576)
    assert.deepStrictEqual(
      topics.physicalTopics().map(({ topic, partitions, config }) => [topic, partitions, config["retention.ms"]]),
      [
        ["things", 12, "604800000"],
        ["things.dlq", 3, "2592000000"]
      ]
    )
  })

  it("has a Kafka topic for each lane, the default lane's without a suffix", () => {
    const topics = Result.getOrThrow(
      parse(`  things:
    about: Things
    key: thing id
    lanes: [critical, normal, low]
    defaultLane: normal
    timeout: 10 seconds
    retry: { attempts: 5, backoff: fixed, initial: 2 seconds }
    laneOverrides:
      low: { timeout: 15 seconds, retry: { attempts: 2 } }
    ${records}
`)
    )
    assert.deepStrictEqual(
      topics.lanesOf("things").map((lane) => lane.topic),
      ["things.critical", "things", "things.low"]
    )
    assert.strictEqual(topics.laneOf("things.critical")?.lane.name, "critical")
    assert.strictEqual(topics.laneOf("things.dlq"), undefined)
    const { retry } = topics.policyOf("things", "low")
    assert.strictEqual(retry.attempts, 2)
    assert.strictEqual(retry.backoff, "fixed")
    assert.strictEqual(topics.policyOf("things").retry.attempts, 5)
    assert.strictEqual(topics.policyOf("strange").retry.attempts, 3)
    assert.deepStrictEqual(topics.lanesOf("strange"), [])
  })

  it("has a compacted topic for parked records when it asks for it, with the partitions of its lanes", () => {
    const topics = Result.getOrThrow(
      parse(`  things:\n    about: Things\n    key: thing id\n    parked: true\n    ${records}\n`)
    )
    const parked = topics.physicalTopics().find(({ topic }) => topic === "things.parked")!
    assert.isTrue(parked.compacted)
    assert.strictEqual(parked.partitions, 12)
    assert.strictEqual(parked.config["cleanup.policy"], "compact")
    assert.isAbove(Number(parked.config["max.message.bytes"]), topics.topic("things")!.maxMessageBytes)
  })

  it("that is compacted has no retention time", () => {
    const topics = Result.getOrThrow(
      parse(`  things:\n    about: Things\n    key: thing id\n    compacted: true\n    ${records}\n`)
    )
    const [things] = topics.physicalTopics()
    assert.strictEqual(things?.config["cleanup.policy"], "compact")
    assert.isFalse("retention.ms" in things!.config)
  })

  it("that is compacted may forget keys that were not written for a time", () => {
    const topics = Result.getOrThrow(
      parse(
        `  things:\n    about: Things\n    key: thing id\n    compacted: true\n    forgetAfter: 1 day\n    ${records}\n`
      )
    )
    const [things] = topics.physicalTopics()
    assert.strictEqual(things?.config["cleanup.policy"], "compact,delete")
    assert.strictEqual(things?.config["retention.ms"], "86400000")
    assert.isTrue(things?.compacted)
  })
})

const entry = (lines: string) => `  things:\n    about: Things\n    key: thing id\n    ${records}\n    ${lines}\n`

/** What is written below the entry begins at line 17, column 5. */
const refusals = [
  ["a key that means nothing", "retires: 3", 17, 5, "topics.things.retires", "the key `retires`"],
  ["a word in place of a number", "partitions: many", 17, 17, "topics.things.partitions", "`many`"],
  ["a number out of bounds", "partitions: 0", 17, 17, "topics.things.partitions", "`0`"],
  ["a time without a unit", "retention: 30", 17, 16, "topics.things.retention", "`30`"],
  ["a size that is no size", "maxMessage: 1 MB", 17, 17, "topics.things.maxMessage", "`1 MB`"],
  ["a lane that does not exist", "lanes: [urgent]", 17, 13, "topics.things.lanes.0", "`urgent`"],
  ["lanes out of order", "lanes: [low, high]\n    defaultLane: low", 17, 12, "topics.things.lanes", "[low, high]"],
  ["no default among several lanes", "lanes: [high, low]", 13, 3, "topics.things.defaultLane", "nothing"],
  ["a default lane that is no lane of it", "defaultLane: low", 17, 18, "topics.things.defaultLane", "`low`"],
  [
    "an override of no lane",
    "laneOverrides: { low: { timeout: 1 second } }",
    17,
    27,
    "topics.things.laneOverrides.low",
    "mapping"
  ],
  ["both ways of keeping", "compacted: true\n    retention: 7 days", 18, 16, "topics.things.retention", "`7 days`"],
  ["a segment of what is not compacted", "segment: 1 day", 17, 14, "topics.things.segment", "`1 day`"],
  ["forgetting in what is not compacted", "forgetAfter: 1 day", 17, 18, "topics.things.forgetAfter", "`1 day`"],
  ["a table whose records would wait", "compacted: true\n    parked: true", 18, 13, "topics.things.parked", "`true`"],
  ["a first wait above the longest", "retry: { cap: 1 millis }", 17, 19, "topics.things.retry.cap", "`1 millis`"]
] as const

/**
 * @guarantee contracts: A wrong topics.yaml is refused with line and reason, all faults at once
 * @how a parser with places
 */
describe("a file is refused with line, column and what to do for", () => {
  it.each(refusals)("%s", (_, lines, line, column, path, found) => {
    const issues = issuesOf(parse(entry(lines)))
    assert.strictEqual(issues.length, 1, JSON.stringify(issues))
    assert.deepInclude(issues[0], { line, column, path })
    assert.include(issues[0]!.found, found)
    assert.match(issues[0]!.expected, /^Expected /u)
    assert.isNotEmpty(issues[0]!.remedy)
  })

  it("a missing key, at the entry that lacks it", () => {
    const [issue] = issuesOf(parse(`  things:\n    about: Things\n    ${records}\n`))
    assert.deepInclude(issue, { line: 13, column: 3, path: "topics.things.key", found: "nothing" })
  })

  it("a second writer of a kind", () => {
    const second =
      "  others:\n    about: Others\n    key: other id\n    records: { Thing: { writer: notifier, readers: [] } }\n"
    const [issue] = issuesOf(parse(entry("") + second))
    assert.deepInclude(issue, { path: "topics.others.records.Thing.writer", found: "`notifier`" })
    assert.include(issue!.expected, "market-data")
  })

  it("a different number of partitions by the same thing", () => {
    const second = `  others:\n    about: Others\n    key: other id\n    partitionedBy: thing id\n    partitions: 6\n    ${records}\n`
    const [issue] = issuesOf(parse(entry("") + second))
    assert.deepInclude(issue, { path: "topics.others.partitions", found: "`6`" })
  })

  it("text that is not YAML", () => {
    const [issue] = issuesOf(parse("  things: [\n"))
    assert.strictEqual(issue?.path, "(file)")
    assert.isAtLeast(issue!.line, 13)
  })

  it("an alias of nothing", () => {
    const [issue] = issuesOf(parse("  things: *nobody\n"))
    assert.deepInclude(issue, { line: 13, column: 11, path: "(file)", found: "`*nobody`" })
  })

  it("the same topic twice", () => {
    const [issue] = issuesOf(parse(entry("") + entry("")))
    assert.include(issue!.expected, "unique")
  })
})

/** @guarantee contracts: A wrong topics.yaml is refused with line and reason, all faults at once */
it("a refusal lists every fault, in the order of the lines", () => {
  const result = parse(entry("partitions: many\n    retires: 3\n    timeout: soon"))
  assert.deepStrictEqual(
    issuesOf(result).map((issue) => issue.line),
    [17, 18, 19]
  )
  assert.include(
    Result.isFailure(result) ? result.failure.message : "",
    "topics.yaml:17:17 topics.things.partitions: found `many`; Expected"
  )
})

const signs = Schema.Array(Schema.Literals([..."*&!:,-[]{}#|>%@'\"? \n\tab1~<.=\\\0\u2028"] as ReadonlyArray<string>))

it.effect.prop(
  "never throws, whatever the text",
  { text: Schema.Union([Schema.String, signs]) },
  ({ text }) =>
    Effect.sync(() => {
      const given = typeof text === "string" ? text : text.join("")
      assert.isTrue(Result.isFailure(parseTopics(given, "topics.yaml")))
      assert.isTrue(Result.isFailure(parse(`  things: ${given}\n`)))
    }),
  { arbitrary: { runs: 200 } }
)
