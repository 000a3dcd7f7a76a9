/**
 * A topic with 200,000 records of two workspaces on a real broker. What must hold: each call of a search comes back after a bounded
 * number of records whatever it finds; following the cursor finds the one record looked for; a key finds it in one call.
 */
import { assert, layer } from "@effect/vitest"
import { type Decision, decisions, partitionOf, RecordCodec, type TopicContract, TopicsFile } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { Duration, Effect, Result } from "effect"
import { addToken, addUser, ask } from "../../../packages/api-server/test/apiWorld.ts"
import { decision } from "../../../packages/history/test/fixtures.ts"
import { apiOnBroker } from "../ApiOnBroker.ts"

const all = 200_000
const viewer = { role: "viewer", granted: [] } as const

const fill = Effect.gen(function* () {
  const { producer } = yield* KafkaClient
  const topic = (yield* TopicsFile).topic(decisions.name)!
  const codec = yield* RecordCodec
  yield* codec.prepare([decisions as TopicContract<unknown>])
  const { send } = yield* producer({ clientId: "it-fill" })
  const record = (n: number) => {
    const accountId = `a${n % 1_000}`
    const value: Decision = { ...decision, accountId, ruleId: n === 1_234 ? "rule-rare" : "rule-1" }
    return {
      topic: topic.lanes[0]!.topic,
      partition: partitionOf(decisions, accountId, topic.partitions),
      key: new TextEncoder().encode(accountId),
      value: Result.getOrThrow(codec.encode(decisions, value)),
      headers: { "workspace-id": n % 2 === 0 ? "w1" : "w2" }
    }
  }
  for (let from = 0; from < all; from += 2_000) yield* send(Array.from({ length: 2_000 }, (_, n) => record(from + n)))
}).pipe(Effect.scoped)

layer(apiOnBroker, { excludeTestServices: true, timeout: Duration.seconds(180) })(
  "a search in 200,000 records",
  (it) => {
    /**
     * @guarantee records: A search in a large topic on a real broker comes back after a bounded number of records, and its cursor leads to what is looked for
     * @how 200,000 records of two workspaces on a real broker, asked by the API
     */
    it.effect("comes back soon, goes on by its cursor, and finds the one record", () =>
      Effect.gen(function* () {
        const { userId } = yield* addUser("ann", "w1", viewer)
        const token = yield* addToken(userId, "w1", viewer)
        yield* fill
        const page = (query: string) => ask(`/api/topics/decisions/records?${query}`, { token })

        const newest = yield* page("limit=50")
        assert.lengthOf(newest.json.items, 50)
        assert.isAtMost(newest.json.examined, 1_000)
        const keyed = yield* page("key=a234&order=oldest&field=ruleId&equals=rule-rare")
        assert.lengthOf(keyed.json.items, 1)

        let calls = 0
        let found = 0
        let after = ""
        for (;;) {
          const one = yield* page(`limit=50&field=ruleId&equals=rule-rare${after}`)
          assert.strictEqual(one.status, 200, one.text)
          assert.isAtMost(one.json.examined, 50_000)
          calls += 1
          found += one.json.items.length
          if (one.json.next === undefined) break
          after = `&after=${one.json.next}`
        }
        assert.strictEqual(found, 1)
        assert.isAtLeast(calls, all / 50_000)
      })
    )
  }
)
