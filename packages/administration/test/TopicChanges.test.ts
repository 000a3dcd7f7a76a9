import { assert, it } from "@effect/vitest"
import type { PhysicalTopic } from "@millrace/contracts"
import type { TopicDescription } from "@millrace/kafka"
import { hasChanges, topicChanges } from "../src/index.ts"

const wanted = (changes: Partial<PhysicalTopic> = {}): PhysicalTopic => ({
  topic: "it-things",
  logical: "it-things",
  lane: "normal",
  compacted: false,
  partitions: 12,
  replication: -1,
  config: { "cleanup.policy": "delete", "retention.ms": "1000" },
  ...changes
})
const present = (changes: Partial<TopicDescription> = {}): TopicDescription => ({
  topic: "it-things",
  partitions: 12,
  replication: 1,
  config: { "cleanup.policy": "delete", "retention.ms": "1000", "compression.type": "producer" },
  ...changes
})

it("a topic that is as declared is left alone", () => {
  const changes = topicChanges([wanted()], [present()])
  assert.isFalse(hasChanges(changes))
  assert.strictEqual(changes.unchanged, 1)
  assert.deepStrictEqual(changes.refused, [])
})

it("a topic that is missing is made", () => {
  const changes = topicChanges([wanted()], [])
  assert.deepStrictEqual(
    changes.create.map((topic) => [topic.topic, topic.partitions]),
    [["it-things", 12]]
  )
})

it("a setting that differs is altered, and only it is named", () => {
  const changes = topicChanges(
    [wanted()],
    [present({ config: { "cleanup.policy": "delete", "retention.ms": "5", "compression.type": "producer" } })]
  )
  assert.deepStrictEqual(changes.alter, [
    { topic: "it-things", before: { "retention.ms": "5" }, after: { "retention.ms": "1000" } }
  ])
})

/**
 * @guarantee operation: `topics apply` never moves keys: a changed partition count, copies or compaction change
 *   nothing at all
 * @how the difference is decided first, without the broker
 */
it.each([6, 24])("another number of partitions (%i) is refused with what to do", (partitions) => {
  const changes = topicChanges([wanted({ partitions })], [present()])
  assert.deepStrictEqual(changes.alter, [])
  assert.strictEqual(changes.refused.length, 1)
  assert.include(changes.refused[0]!.found, `12 partitions at the broker, ${partitions} in topics.yaml`)
  assert.include(changes.refused[0]!.remedy, "declare a new topic")
})

/**
 * @guarantee operation: `topics apply` never moves keys: a changed partition count, copies or compaction change
 *   nothing at all
 */
it("compaction is neither switched on nor off where records lie", () => {
  const compacted = wanted({ compacted: true, config: { "cleanup.policy": "compact" } })
  assert.strictEqual(topicChanges([compacted], [present()]).refused.length, 1)
  assert.strictEqual(topicChanges([wanted()], [present({ config: compacted.config })]).refused.length, 1)
})

/**
 * @guarantee operation: `topics apply` never moves keys: a changed partition count, copies or compaction change
 *   nothing at all
 */
it("another number of copies is refused, unless it is left to the broker", () => {
  assert.strictEqual(topicChanges([wanted({ replication: 3 })], [present()]).refused.length, 1)
  assert.strictEqual(topicChanges([wanted({ replication: -1 })], [present({ replication: 3 })]).refused.length, 0)
})

it("topics that nobody declared are shown", () => {
  const changes = topicChanges([wanted()], [present(), present({ topic: "it-strange" })])
  assert.deepStrictEqual(changes.undeclared, ["it-strange"])
})
