import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Layer } from "effect"
import { defaultTopicsPath, TopicsFile, topicContracts } from "../src/index.ts"

const own = TopicsFile.layerFile(defaultTopicsPath)

describe("the repository's topics.yaml", () => {
  it.effect("declares every topic whose values have a schema", () =>
    Effect.gen(function* () {
      const topics = yield* TopicsFile
      for (const { name } of topicContracts) yield* topics.declared(name)
    }).pipe(Effect.provide(own))
  )

  it.effect("declares every topic that the requirements name", () =>
    Effect.gen(function* () {
      const topics = yield* TopicsFile
      for (const name of [
        ..."market-ticks margin-events automation-commands notifications payments webhooks certification-jobs".split(
          " "
        ),
        ..."background-jobs trade-log notification-deliveries audit-log account-state account-history".split(" "),
        ..."decisions controls timers margin-state".split(" ")
      ]) {
        assert.strictEqual((yield* topics.declared(name)).deadLetters.topic, `${name}.dlq`)
      }
    }).pipe(Effect.provide(own))
  )

  it.effect("has the defaults that the requirements state", () =>
    Effect.gen(function* () {
      const { policyOf } = yield* TopicsFile
      const stated = [
        ["automation-commands", "critical", 10, 30, 3],
        ["notifications", "critical", 20, 10, 3],
        ["notifications", "low", 20, 15, 2],
        ["webhooks", "high", 50, 30, 3],
        ["webhooks", "normal", 50, 60, 3],
        ["certification-jobs", "normal", 3, 300, 3],
        ["payments", "normal", 20, 30, 5]
      ] as const
      for (const [topic, lane, concurrency, seconds, attempts] of stated) {
        const policy = policyOf(topic, lane)
        assert.deepStrictEqual(
          [policy.concurrency, Duration.toSeconds(policy.timeout), policy.retry.attempts],
          [concurrency, seconds, attempts],
          `${topic} ${lane}`
        )
      }
      const { retry } = policyOf("notifications")
      assert.deepStrictEqual([retry.backoff, Duration.toSeconds(retry.initial)], ["fixed", 2])
    }).pipe(Effect.provide(own))
  )

  it.effect("gives everything of an account the same partition number", () =>
    Effect.gen(function* () {
      const { all } = yield* TopicsFile
      const byAccount = all.filter((topic) => topic.partitionedBy === "account")
      assert.includeMembers(
        byAccount.map((topic) => topic.name),
        ["automation-commands", "account-state", "margin-state", "trade-log"]
      )
      assert.deepStrictEqual([...new Set(byAccount.map((topic) => topic.partitions))], [12])
    }).pipe(Effect.provide(own))
  )
})

it.effect("says that a topic is not declared, and what to do", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip((yield* TopicsFile).declared("strange"))
    assert.include(error.message, "declares no topic strange")
  }).pipe(Effect.provide(own))
)

it.effect("reads the file that MILLRACE_TOPICS names, and says when it is not there", () =>
  Effect.gen(function* () {
    const provider = ConfigProvider.layer(ConfigProvider.fromUnknown({ MILLRACE_TOPICS: "/nowhere/topics.yaml" }))
    const error = yield* Effect.flip(Layer.build(TopicsFile.layer.pipe(Layer.provide(provider))))
    assert.strictEqual(error._tag, "MissingTopicsFile")
    assert.include(error.message, "/nowhere/topics.yaml")
  })
)
