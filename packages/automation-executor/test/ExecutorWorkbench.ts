import { accountState, accountStateKey, automationCommands, ConfluentCodec, TopicsFile } from "@millrace/contracts"
import { KafkaClient, MemoryKafka, MemoryKafkaControl } from "@millrace/kafka"
import { DeadLetters, outgoing, Publisher, TradingControls } from "@millrace/runtime"
import { Credentials, layerMemoryCommandList, layerMemoryIntentLedger } from "@millrace/store"
import { Effect, Layer } from "effect"
import { AccountSessions } from "../src/AccountSessions.ts"
import { runExecutor } from "../src/topology.ts"
import { account, positionFor, ruleFor } from "./ExecutorFixture.ts"
import { commandFor } from "./ScriptedExchange.ts"

const workspaceId = "workspace-1"
const credentials = Credentials.layerMemory({
  "account-1": { key: "key", secret: "secret", passphrase: "passphrase" }
})

/** All that an executor needs but the exchange: Kafka, ledger and credentials in memory. */
export const layerWorkbench = AccountSessions.layer.pipe(
  Layer.provideMerge(
    Layer.mergeAll(credentials, layerMemoryIntentLedger, layerMemoryCommandList, TradingControls.layerActive)
  ),
  Layer.provideMerge(DeadLetters.layer.pipe(Layer.provideMerge(Publisher.layerOf("test")))),
  Layer.provideMerge(Layer.mergeAll(MemoryKafka.layer, ConfluentCodec.layerMemory, TopicsFile.layer))
)

const createTopics = Effect.gen(function* () {
  const kafka = yield* KafkaClient
  const topics = yield* TopicsFile
  yield* kafka.admin.createTopics(topics.physicalTopics())
})

/** Starts the executor with a critical close command waiting for each of an account's positions. */
export const startExecutor = Effect.fnUntraced(function* (positionIds: ReadonlyArray<string>) {
  yield* createTopics
  const publisher = yield* Publisher
  const states = [account, ruleFor("close_position"), ...positionIds.map((id) => positionFor(id))]
  yield* publisher.publish(
    states.map((value) => outgoing(accountState, { key: accountStateKey(value), value, workspaceId }))
  )
  yield* publisher.publish(
    positionIds.map((id) =>
      outgoing(automationCommands, { key: `account-1/${id}`, value: commandFor(id), workspaceId, lane: "critical" })
    )
  )
  yield* Effect.forkScoped(runExecutor)
})

/** Commands that were set aside. */
export const deadLettersOf = Effect.flatMap(MemoryKafkaControl, (control) => control.records("automation-commands.dlq"))
