import { assert, it } from "@effect/vitest"
import { type AssignableMember, assignPartitions, withoutHeld } from "@millrace/kafka"
import { Effect, Schema } from "effect"

const member = (memberId: string, topics: ReadonlyArray<string>, owned: AssignableMember["owned"] = []) => ({
  memberId,
  topics,
  owned
})

const numbersOf = (partitions: AssignableMember["owned"] | undefined, topic: string) =>
  (partitions ?? []).filter((one) => one.topic === topic).map((one) => one.partition)

const counts = new Map([
  ["commands", 12],
  ["commands.critical", 12],
  ["state", 12],
  ["single", 1]
])
const topics = [...counts.keys()]

it("gives partition n of all topics with equal counts to one member", () => {
  const assigned = assignPartitions(counts, [member("a", topics), member("b", topics), member("c", topics)])
  for (const partitions of assigned.values()) {
    assert.deepStrictEqual(numbersOf(partitions, "commands"), numbersOf(partitions, "state"))
    assert.deepStrictEqual(numbersOf(partitions, "commands"), numbersOf(partitions, "commands.critical"))
    assert.strictEqual(numbersOf(partitions, "commands").length, 4)
  }
})

it("moves no more than it must when a member comes or goes", () => {
  const two = assignPartitions(counts, [member("a", topics), member("b", topics)])
  const three = assignPartitions(counts, [
    member("a", topics, two.get("a")!),
    member("b", topics, two.get("b")!),
    member("c", topics)
  ])
  const kept = ["a", "b"].flatMap((id) =>
    numbersOf(three.get(id), "state").filter((number) => numbersOf(two.get(id), "state").includes(number))
  )
  assert.strictEqual(kept.length, 8)
  const back = assignPartitions(counts, [member("a", topics, three.get("a")!), member("c", topics, three.get("c")!)])
  for (const id of ["a", "c"]) {
    assert.includeMembers(numbersOf(back.get(id), "state"), numbersOf(three.get(id), "state"))
    assert.strictEqual(numbersOf(back.get(id), "state").length, 6)
  }
})

it("gives a topic only to members that read it", () => {
  const assigned = assignPartitions(counts, [member("new", topics), member("old", ["commands", "state"])])
  assert.deepStrictEqual(numbersOf(assigned.get("old"), "commands.critical"), [])
  assert.strictEqual(numbersOf(assigned.get("new"), "commands.critical").length, 12)
  assert.strictEqual(numbersOf(assigned.get("old"), "commands").length, 6)
})

it("gives nothing to nobody", () => {
  assert.strictEqual(assignPartitions(counts, []).size, 0)
})

const anyMembers = Schema.Array(
  Schema.Struct({
    reads: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 }))).check(Schema.isMaxLength(4)),
    owned: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 14 }))).check(Schema.isMaxLength(14))
  })
).check(Schema.isMaxLength(6))

it.effect.prop(
  "assigns each partition that somebody reads exactly once, to a reader, evenly, in whatever order members are told",
  [anyMembers],
  ([described]) =>
    Effect.sync(() => {
      const members = described.map(({ owned, reads }, index) =>
        member(
          `m${index}`,
          [...new Set(reads)].map((topic) => topics[topic]!),
          owned.map((partition) => ({ topic: "commands", partition }))
        )
      )
      const assigned = assignPartitions(counts, members)
      assert.deepStrictEqual(assignPartitions(counts, [...members].reverse()), assigned)
      for (const [topic, count] of counts) {
        const readers = members.filter((one) => one.topics.includes(topic))
        const given = members.flatMap((one) => numbersOf(assigned.get(one.memberId), topic)).sort((a, b) => a - b)
        assert.deepStrictEqual(given, readers.length === 0 ? [] : Array.from({ length: count }, (_, index) => index))
        for (const one of members) {
          if (!one.topics.includes(topic)) assert.deepStrictEqual(numbersOf(assigned.get(one.memberId), topic), [])
        }
      }
      if (members.every((one) => one.topics.length === topics.length)) {
        const shares = members.map((one) => numbersOf(assigned.get(one.memberId), "state").length)
        assert.isAtMost(Math.max(...shares, 0) - Math.min(...shares, Number.POSITIVE_INFINITY), 1)
      }
    })
)

it.effect.prop(
  "gives nobody what another member holds, and everything once that was given back",
  [Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })))],
  ([holders]) =>
    Effect.sync(() => {
      const names = ["a", "b", "c", "d"]
      const heldBy = (name: string) =>
        holders.flatMap((holder, partition) =>
          partition < 12 && names[holder] === name ? [{ topic: "state", partition }] : []
        )
      const before = names.map((name) => member(name, ["state"], heldBy(name)))
      const first = withoutHeld(assignPartitions(counts, before), before)
      for (const [name, own] of first) {
        for (const other of before.filter(({ memberId }) => memberId !== name)) {
          assert.isFalse(own.some(({ partition }) => other.owned.some((held) => held.partition === partition)))
        }
      }
      const after = names.map((name) =>
        member(
          name,
          ["state"],
          heldBy(name).filter((held) => first.get(name)!.some(({ partition }) => partition === held.partition))
        )
      )
      const second = [...withoutHeld(assignPartitions(counts, after), after).values()].flat()
      assert.strictEqual(new Set(second.map(({ partition }) => partition)).size, 12)
      assert.strictEqual(second.length, 12)
    })
)

it("gives nobody a partition that two members say they hold", () => {
  const held = [{ topic: "single", partition: 0 }]
  const members = [member("a", ["single"], held), member("b", ["single"], held)]
  assert.deepStrictEqual([...withoutHeld(assignPartitions(counts, members), members).values()].flat(), [])
})
