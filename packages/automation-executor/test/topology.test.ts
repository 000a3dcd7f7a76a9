/** The whole executor on Kafka in memory: commands in, orders at the exchange, outcomes out. */
import { assert, it } from "@effect/vitest"
import {
  accountState,
  accountStateKey,
  auditLog,
  automationCommands,
  ConfluentCodec,
  notifications,
  RecordCodec,
  type TopicContract,
  TopicsFile,
  tradeLog
} from "@millrace/contracts"
import { KafkaClient, MemoryKafka, MemoryKafkaControl } from "@millrace/kafka"
import { DeadLetters, outgoing, Publisher, TradingControls } from "@millrace/runtime"
import { Credentials, IntentLedger, layerMemoryCommandList, layerMemoryIntentLedger } from "@millrace/store"
import { Effect, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { AccountSessions } from "../src/AccountSessions.ts"
import { runExecutor } from "../src/topology.ts"
import { account, positionFor, ruleFor } from "./ExecutorFixture.ts"
import { commandFor, ScriptedExchange } from "./ScriptedExchange.ts"

const workspaceId = "workspace-1"
const credentials = { "account-1": { key: "key", secret: "secret", passphrase: "passphrase" } }

const environment = (exchange: ScriptedExchange) =>
  AccountSessions.layer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        exchange.layer,
        Credentials.layerMemory(credentials),
        layerMemoryIntentLedger,
        layerMemoryCommandList,
        TradingControls.layerActive
      )
    ),
    Layer.provideMerge(DeadLetters.layer.pipe(Layer.provideMerge(Publisher.layerOf("test")))),
    Layer.provideMerge(Layer.mergeAll(MemoryKafka.layer, ConfluentCodec.layerMemory, TopicsFile.layer))
  )

const createTopics = Effect.gen(function* () {
  const kafka = yield* KafkaClient
  const topics = yield* TopicsFile
  yield* kafka.admin.createTopics(topics.physicalTopics())
})

const valuesOf = Effect.fnUntraced(function* <A>(contract: TopicContract<A>, topic: string = contract.name) {
  const control = yield* MemoryKafkaControl
  const codec = yield* RecordCodec
  const records = yield* control.records(topic)
  return records.map((record) => Result.getOrThrow(codec.decode(contract, record.value!)))
})

/** Lets the test clock run until the condition holds. */
const until = <A, E, R>(self: Effect.Effect<A, E, R>, holds: (value: A) => boolean) =>
  Effect.gen(function* () {
    for (let turn = 0; turn < 2000; turn++) {
      const value = yield* self
      if (holds(value)) return value
      yield* TestClock.adjust("50 millis")
    }
    return yield* Effect.die("the condition never held")
  })

it.effect("carries commands out in their lanes and publishes each outcome", () => {
  const exchange = new ScriptedExchange()
  return Effect.gen(function* () {
    for (const id of ["trade-1", "trade-2"]) exchange.open(id)
    exchange.fates.push("unavailable", "applied_reply_lost")
    yield* createTopics
    const publisher = yield* Publisher
    const states = [account, ruleFor("close_position"), positionFor("trade-1"), positionFor("trade-2")]
    yield* publisher.publish(
      states.map((value) => outgoing(accountState, { key: accountStateKey(value), value, workspaceId }))
    )
    yield* Effect.forkScoped(runExecutor)
    const commands = [
      { lane: "critical", value: commandFor("trade-1") },
      { lane: "low", value: commandFor("trade-2", { dryRun: true }) }
    ]
    yield* publisher.publish(
      commands.map(({ lane, value }) =>
        outgoing(automationCommands, { key: `${value.accountId}/${value.positionId}`, value, workspaceId, lane })
      )
    )
    const outcomes = yield* until(valuesOf(tradeLog), (found) => found.length === 2)
    assert.deepStrictEqual(outcomes.map(({ commandId, reason }) => [commandId, reason]).toSorted(), [
      ["command-trade-1", "done"],
      ["command-trade-2", "dry_run"]
    ])
    assert.deepStrictEqual(exchange.applied, [{ what: "close_trade", subject: "trade-1", amount: 0 }])
    assert.lengthOf(yield* valuesOf(notifications, "notifications.critical"), 2)
    assert.lengthOf(yield* valuesOf(auditLog), 2)
    const ledger = yield* IntentLedger
    assert.strictEqual((yield* ledger.find("command-trade-1"))?.state, "succeeded")
    assert.isUndefined(yield* ledger.find("command-trade-2"))
  }).pipe(Effect.provide(environment(exchange)))
})

/**
 * @guarantee protection: A protection command is never set aside, however long the exchange is down
 * @how it is held without using up attempts
 */
it.effect("never sets a protection command aside, however long the exchange is down", () => {
  const exchange = new ScriptedExchange()
  return Effect.gen(function* () {
    exchange.open("trade-1")
    exchange.fates.push(...Array.from({ length: 40 }, () => "connect_failed" as const))
    yield* createTopics
    const publisher = yield* Publisher
    const states = [account, ruleFor("close_position"), positionFor("trade-1")]
    yield* publisher.publish(
      states.map((value) => outgoing(accountState, { key: accountStateKey(value), value, workspaceId }))
    )
    yield* Effect.forkScoped(runExecutor)
    const value = commandFor("trade-1")
    yield* publisher.publish([
      outgoing(automationCommands, { key: "account-1/trade-1", value, workspaceId, lane: "critical" })
    ])
    yield* until(
      Effect.sync(() => exchange.sends),
      (sends) => sends > 10
    )
    yield* TestClock.adjust("10 minutes")
    const outcomes = yield* until(valuesOf(tradeLog), (found) => found.at(-1)?.status === "completed")
    assert.deepStrictEqual(
      outcomes.map(({ reason, status }) => [status, reason]),
      [
        ["pending", "connectFailed"],
        ["completed", "done"]
      ],
      "it is told once what the command waits for"
    )
    const control = yield* MemoryKafkaControl
    assert.lengthOf(yield* control.records("automation-commands.dlq"), 0)
  }).pipe(Effect.provide(environment(exchange)))
})
