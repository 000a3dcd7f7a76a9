import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { KafkaError } from "@millrace/kafka"
import { StoreError } from "@millrace/store"
import { Config, ConfigProvider, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { asWrongUse, CommandFailed, exitCodes, exitOf, explained } from "../src/CommandFailed.ts"

const settings = Config.all({ brokers: Config.NonEmptyString("BROKERS") }).pipe(Config.nested("KAFKA"))

const readingIn = (env: Record<string, string>) =>
  Effect.flip(
    explained(settings.pipe(Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))))
  )

describe("a command that finds a setting missing", () => {
  it.effect("names the variable as it is set, and ends with exit code 2", () =>
    Effect.gen(function* () {
      const failed = yield* readingIn({})
      assert.strictEqual(failed.exitCode, exitCodes.wrongUse)
      assert.match(failed.reason, /KAFKA_BROKERS\. Set it in the environment/u)
      assert.notInclude(failed.reason, "\n")
    })
  )

  it.effect("says so of a wrong one, too", () =>
    Effect.gen(function* () {
      const failed = yield* readingIn({ KAFKA_BROKERS: "" })
      assert.match(failed.reason, /KAFKA_BROKERS/u)
    })
  )
})

describe("exit codes", () => {
  it("tell a server that does not answer from what it refuses", () => {
    assert.strictEqual(exitOf(new StoreError({ operation: "list", cause: "down" })), "notReachable")
    const kafka = (reason: KafkaError["reason"]) => exitOf(new KafkaError({ operation: "read", reason, cause: "x" }))
    assert.deepStrictEqual([kafka("unavailable"), kafka("notFound")], ["notReachable", "failed"])
    assert.strictEqual(exitOf(new Error("anything else")), "failed")
  })

  it.effect("tell wrong flags, and not the help text that was asked for", () =>
    Effect.gen(function* () {
      const command = Command.make("probe", { count: Flag.Int("count").pipe(Flag.withDefault(1)) }, () => Effect.void)
      const run = (...args: ReadonlyArray<string>) =>
        asWrongUse(Command.runWith(command, { version: "0" })(args)).pipe(
          Effect.as(0),
          Effect.catch((error) => Effect.succeed(error instanceof CommandFailed ? error.exitCode : -1)),
          Effect.provide(NodeServices.layer)
        )
      assert.strictEqual(yield* run("--count", "2"), 0)
      assert.strictEqual(yield* run("--cuont", "2"), exitCodes.wrongUse)
      assert.strictEqual(yield* run("--count", "two"), exitCodes.wrongUse)
      assert.strictEqual(yield* run("--help"), 0)
    })
  )
})
