// Foreign boundary: random names and keys, so that runs side by side do not meet.
import { randomBytes } from "node:crypto"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { registerSchemas } from "@millrace/administration"
import {
  type AccountState,
  accountState,
  accountStateKey,
  automationCommands,
  ConfluentCodec,
  commandLane,
  commandSubject,
  notifications,
  SchemaRegistry,
  TopicsFile,
  tradeLog
} from "@millrace/contracts"
import { History } from "@millrace/history"
import { KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { outgoing, Publisher } from "@millrace/runtime"
import { Simulator } from "@millrace/simulators"
import { AccountStore, layerDatabase, layerPool, Outbox, Secrets } from "@millrace/store"
import { wallClockMs } from "@millrace/telemetry"
import { ConfigProvider, Context, Effect, Layer, Logger, Redacted, Result, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { PlacedOrder } from "./PlacedOrder.ts"
import { tradingTopics } from "./tradingTopics.ts"

const workspaceId = "chaos"
const userId = "chaos-user"

/** Age at which the exchange refuses a signed request: short, so that what must not go out twice soon may go out again. */
const signatureWindowMs = 4_000

/** A limit per account that no run meets, on both sides; long lives of what is decided, as nothing here is about age. */
const executorSettings = {
  EXCHANGE_ACCOUNT_PER_SECOND: "1000",
  EXCHANGE_PUBLIC_PER_SECOND: "1000",
  EXCHANGE_REQUEST_TIMEOUT: "8 seconds",
  EXECUTOR_CONCURRENCY: "60",
  EXECUTOR_RECONCILE_INTERVAL: "1 second",
  EXECUTOR_SIGNATURE_WINDOW: `${signatureWindowMs} millis`,
  EXECUTOR_ENTRY_EXPIRY: "1 hour",
  EXECUTOR_TAKE_PROFIT_EXPIRY: "1 hour",
  // The kills come from outside: no command is to be blamed for them.
  RUNTIME_CRASHES_ALONE: "1000",
  INSTANCE: "1",
  LOG_LEVEL: "Warn"
}

const simulatorSettings = {
  ACCOUNT_REQUESTS_PER_SECOND: 0,
  PUBLIC_REQUESTS_PER_SECOND: 0,
  SIGNATURE_WINDOW_MS: signatureWindowMs
}

const simulator = Simulator.layer.pipe(
  Layer.provide(NodeFileSystem.layer),
  Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ SIMULATOR: simulatorSettings })))
)

/** A schema of PostgreSQL with the tables of this version; goes with the scope. */
const ownSchema = Effect.fnUntraced(function* (url: Redacted.Redacted, schema: string) {
  const run = (statement: string) =>
    SqlClient.use((sql) => sql.unsafe(statement)).pipe(
      Effect.provide(layerPool({ url, maxConnections: 1 }), { local: true })
    )
  yield* Effect.acquireRelease(run(`create schema ${schema}`), () => Effect.orDie(run(`drop schema ${schema} cascade`)))
})

/**
 * Everything that executors need: topics of their own on the broker, tables of their own in PostgreSQL, and a local exchange
 * behind sockets. `stack`: variables that name the servers.
 */
export const startTradingGrounds = Effect.fnUntraced(function* (stack: Readonly<Record<string, string>>) {
  const name = `it-orders-${randomBytes(5).toString("hex")}`
  const schema = name.replaceAll("-", "_")
  const masterKey = randomBytes(32).toString("base64")
  const url = Redacted.make(stack.DATABASE_URL ?? "")
  const settings = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { ...stack, MILLRACE_MASTER_KEY: masterKey } }))
  yield* ownSchema(url, schema)
  const topics = tradingTopics(name)
  const clients = Layer.mergeAll(History.layer, Publisher.layerOf("chaos-orders")).pipe(
    Layer.provideMerge(
      Layer.mergeAll(KafkaJsClient.layer, ConfluentCodec.layer, SchemaRegistry.layer, TopicsFile.layerOf(topics))
    )
  )
  const store = AccountStore.layerPg.pipe(
    Layer.provide([Secrets.layer, Outbox.layerPg]),
    Layer.provide(layerDatabase({ url, schema }))
  )
  const services = yield* Layer.build(
    Layer.mergeAll(clients, store, simulator).pipe(Layer.provide(settings), Layer.provideMerge(Logger.layer([])))
  )
  yield* KafkaClient.use(({ admin }) => admin.createTopics(topics.physicalTopics())).pipe(
    Effect.andThen(registerSchemas),
    Effect.provideContext(services)
  )
  const { addresses, exchange } = Context.get(services, Simulator)
  const publisher = Context.get(services, Publisher)
  const history = Context.get(services, History)
  exchange.prime({ price: 60_000, timeMs: Math.floor(yield* wallClockMs) })

  /** Opens an account at the exchange and stores its key for the executors. */
  const openAccounts = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
    const credentials = ids.map((id) => {
      const { key, passphrase, secret } = Result.getOrThrow(exchange.openAccount({ id, name: id, balance: 10_000_000 }))
      return { accountId: id, credentials: Redacted.make({ key, passphrase, secret }) }
    })
    const accounts = ids.map((accountId) => ({
      ...{ accountId, workspaceId, userId, name: accountId, active: true, network: "simulator" as const },
      ...{ warningThreshold: 0.8, criticalThreshold: 0.9, hysteresis: 0.02 }
    }))
    yield* Context.get(services, AccountStore).save({ actor: name, accounts, credentials })
    yield* tellStates(accounts.map((account) => ({ ...account, _tag: "Account", version: 1 })))
  })

  const tellStates = (states: ReadonlyArray<AccountState>) =>
    publisher.publish(
      states.map((value) => outgoing(accountState, { key: accountStateKey(value), value, workspaceId }))
    )

  return {
    exchange,
    controlUrl: addresses.control,
    /** Variables of an executor's process. */
    env: {
      ...executorSettings,
      ...stack,
      MILLRACE_MASTER_KEY: masterKey,
      EXCHANGE_REST_URL: addresses.rest,
      EXCHANGE_STREAM_URL: addresses.stream,
      CHAOS_TOPICS: name,
      CHAOS_SCHEMA: schema
    },
    openAccounts,
    /** Puts what the commands are about into the tables; before any executor starts, and after the orders were placed. */
    tellOf: (orders: ReadonlyArray<PlacedOrder>) =>
      tellStates(orders.flatMap(({ positions, rule }) => [rule, ...positions])),
    /** Sends the commands, decided now. */
    send: Effect.fnUntraced(function* (orders: ReadonlyArray<PlacedOrder>) {
      const nowMs = yield* wallClockMs
      yield* publisher.publish(
        orders.map(({ command }) => {
          const value = { ...command, decidedAtMs: nowMs, tickReceivedAtMs: nowMs }
          const key = `${value.accountId}/${commandSubject(value)}`
          return outgoing(automationCommands, { key, value, workspaceId, lane: commandLane(value) })
        })
      )
    }),
    /** All outcomes told so far; those of an account in their order. */
    outcomes: history.records(tradeLog, {}).pipe(
      Stream.runCollect,
      Effect.map((records) => records.flatMap(({ value }) => (value === null ? [] : [value])))
    ),
    notifications: history.records(notifications, {}).pipe(
      Stream.runCollect,
      Effect.map((records) => records.flatMap(({ value }) => (value === null ? [] : [value])))
    )
  }
})

/** Where executors trade. */
export type TradingGrounds = Effect.Success<ReturnType<typeof startTradingGrounds>>
