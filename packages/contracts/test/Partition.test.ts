import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { accountState, automationCommands, murmur2, partitionOf, partitionOfText } from "../src/index.ts"

const hashOf = (text: string): number => murmur2(Buffer.from(text, "utf8"))

it("gives the hashes that Kafka's Java client gives", () => {
  // From UtilsTest#testMurmur2 of Apache Kafka.
  assert.strictEqual(hashOf("21"), -973932308)
  assert.strictEqual(hashOf("foobar"), -790332482)
  assert.strictEqual(hashOf("a-little-bit-long-string"), -985981536)
  assert.strictEqual(hashOf("a-little-bit-longer-string"), -1486304829)
  assert.strictEqual(hashOf("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971)
  assert.strictEqual(hashOf("abc"), 479470107)
})

it("puts an account's state and its commands into the same partition", () => {
  for (let n = 0; n < 500; n++) {
    const state = partitionOf(accountState, `position/account-${n}/position-7`, 12)
    assert.strictEqual(state, partitionOf(accountState, `account/account-${n}/account-${n}`, 12))
    assert.strictEqual(state, partitionOf(automationCommands, `account-${n}/position-7`, 12))
    assert.strictEqual(state, partitionOfText(`account-${n}`, 12))
  }
})

it.effect.prop("stays within the partitions, whatever the key", { key: Schema.String, bits: Schema.Int }, (given) =>
  Effect.sync(() => {
    const partitions = (Math.abs(given.bits) % 200) + 1
    const partition = partitionOfText(given.key, partitions)
    assert.isTrue(Number.isInteger(partition) && partition >= 0 && partition < partitions)
  })
)
