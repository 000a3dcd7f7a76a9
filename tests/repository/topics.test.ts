/** topics.yaml, the schemas and the code say the same of who writes and reads what. */
import { assert, describe, it } from "@effect/vitest"
import { defaultSchemaFolder, schemaDrift } from "@millrace/administration"
import * as contracts from "@millrace/contracts"
import { Effect, Result } from "effect"
import { allPaths, codeOf, filesMatching, none, packages, read } from "./sourceTree.ts"

const topics = Result.getOrThrow(contracts.parseTopics(read("topics.yaml").text, "topics.yaml"))
const existing = new Set(packages.map((row) => row.name))
const planned = new Set([
  "notifier",
  "payment-validator",
  "webhook-gateway",
  "flow-runner",
  "certification-worker",
  "scheduler",
  "job-runner"
])

const sourcesOf = (name: string) => filesMatching(new RegExp(`^packages/${name}/src/.*\\.ts$`, "u"))

/** The name by which code speaks of a topic's contract, such as `marketTicks`. */
const contractName = (topic: string): string | undefined =>
  Object.entries(contracts).find(
    ([, value]) => (contracts.topicContracts as ReadonlyArray<unknown>).includes(value) && nameOf(value) === topic
  )?.[0]
const nameOf = (contract: unknown): string => (contract as contracts.TopicContract<unknown>).name

const mentions = (name: string, word: string): boolean =>
  sourcesOf(name).some((file) => new RegExp(`\\b${word}\\b`, "u").test(codeOf(file)))

describe.each(topics.all.map((topic) => [topic.name, topic] as const))("%s", (name, topic) => {
  const contract = contractName(name)
  const parties = topic.records.flatMap((kind) => [kind.writer, ...kind.readers])

  it("names only packages that are, or are to come", () => {
    assert.deepStrictEqual(
      parties.filter((party) => !existing.has(party) && !planned.has(party)),
      none
    )
  })

  if (contract === undefined) return

  it("is spoken of in every package that writes or reads it", () => {
    const silent = [...new Set(parties)].filter((party) => existing.has(party) && !mentions(party, contract))
    assert.deepStrictEqual(silent, none)
  })

  it("is written by its declared writers only", () => {
    const writers = topic.records.map((kind) => kind.writer)
    const strangers = packages
      .filter((row) => row.layer === "worker" || row.name === "control-api")
      .filter((row) => sourcesOf(row.name).some((file) => writes(codeOf(file), contract)))
      .filter((row) => !writers.includes(row.name))
    assert.deepStrictEqual(
      strangers.map((row) => row.name),
      none
    )
  })

  it("is read by its declared readers only", () => {
    const readers = topic.records.flatMap((kind) => kind.readers)
    const strangers = packages
      .filter((row) => row.layer === "worker" || row.name === "control-api")
      .filter((row) => sourcesOf(row.name).some((file) => reads(codeOf(file), contract)))
      .filter((row) => !readers.includes(row.name))
    assert.deepStrictEqual(
      strangers.map((row) => row.name),
      none
    )
  })
})

const reads = (code: string, contract: string): boolean => new RegExp(`\\bcontract: ${contract}\\b`, "u").test(code)
const writes = (code: string, contract: string): boolean =>
  new RegExp(`\\boutgoing\\(\\s*${contract}\\b`, "u").test(code) ||
  // The runtime builds requests for timers, so that their owners need not know the topic's records.
  (contract === "timers" && /\b(?:requestTimer|cancelTimer)\(/u.test(code))

it("every topic that code speaks of is declared", () => {
  assert.deepStrictEqual(
    contracts.topicContracts.map((contract) => contract.name).filter((name) => topics.topic(name) === undefined),
    none
  )
})

/** @guarantee contracts: `schemas/` is what the code generates; every kind of record has one writer */
it("every kind of record has one writer, the same wherever it goes", () => {
  const writers = new Map<string, Set<string>>()
  for (const kind of topics.all.flatMap((topic) => topic.records)) {
    writers.set(kind.name, (writers.get(kind.name) ?? new Set()).add(kind.writer))
  }
  assert.deepStrictEqual(
    [...writers].filter(([, names]) => names.size > 1).map(([kind]) => kind),
    none
  )
})

/**
 * @guarantee contracts: `schemas/` is what the code generates; every kind of record has one writer
 * @how read from the sources
 */
it.effect("the folder schemas is what the code generates: run `npm run schemas` when it is not", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* schemaDrift(defaultSchemaFolder), [])
  })
)

it("topics that only tests use start with it-", () => {
  const declared = new Set(topics.physicalTopics().map((topic) => topic.topic))
  const tests = allPaths.filter((path) => /^(packages\/[^/]+\/test|tests\/integration)\/.*\.ts$/u.test(path)).map(read)
  const withBroker = tests.filter((file) => /\b(KafkaClient|MemoryKafka|KafkaJsClient)\b/u.test(codeOf(file)))
  const strangers = withBroker.flatMap((file) =>
    [...codeOf(file).matchAll(/\btopic: "([^"]+)"/gu)]
      .map(([, topic]) => topic!)
      .filter((topic) => !topic.startsWith("it-") && !declared.has(topic) && topics.topic(topic) === undefined)
      .map((topic) => `${file.path}: ${topic}`)
  )
  assert.deepStrictEqual([...new Set(strangers)], none)
})
