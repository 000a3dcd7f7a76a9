import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import {
  type AccountState,
  accountState,
  ConfluentCodec,
  type MarketTick,
  type TopicContract,
  TopicsFile,
  tradeLog
} from "@millrace/contracts"
import type { Exchange } from "@millrace/exchange"
import { KafkaClient, MemoryKafka, MemoryKafkaControl } from "@millrace/kafka"
import { DeadLetters, outgoing, Publisher } from "@millrace/runtime"
import { Credentials, Leases } from "@millrace/store"
import { ConfigProvider, Effect, Fiber, Layer, Queue } from "effect"
import { TestClock } from "effect/testing"
import { layer as marketData } from "../src/topology.ts"
import { makeMemoryExchange } from "./MemoryExchange.ts"
import { account, guard, outcome, trade } from "./samples.ts"

const created = Layer.effectDiscard(
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    const topics = yield* TopicsFile
    yield* admin.createTopics(topics.physicalTopics())
  })
)
const key = { key: "k", secret: "s", passphrase: "p" }
const bench = DeadLetters.layer.pipe(
  Layer.provideMerge(Publisher.layerOf("it-market-data")),
  Layer.provideMerge(created),
  Layer.provideMerge(Layer.mergeAll(MemoryKafka.layer, ConfluentCodec.layerMemory, TopicsFile.layer)),
  Layer.provideMerge(Layer.mergeAll(Leases.layerMemory, Credentials.layerMemory({ a: key, b: key }))),
  Layer.provide(NodeFileSystem.layer)
)
const running = Effect.provide(Layer.fresh(bench))

/** Checks would come at a random time of their interval. */
const seldom = { MARKET_DATA_CHECK_INTERVAL: "1000 hours", MARKET_DATA_REREAD_INTERVAL: "1000 hours" }

const instance = (name: string, exchange: Layer.Layer<Exchange>) =>
  Layer.launch(Layer.fresh(marketData)).pipe(
    Effect.provide([exchange, ConfigProvider.layer(ConfigProvider.fromUnknown({ INSTANCE: name, ...seldom }))]),
    Effect.forkScoped({ startImmediately: true })
  )

const settle = Effect.gen(function* () {
  for (let round = 0; round < 20; round++) {
    for (let turn = 0; turn < 50; turn++) yield* Effect.yieldNow
    yield* TestClock.adjust("20 millis")
  }
})

const put = <A>(contract: TopicContract<A>, recordKey: string, value: A) =>
  Effect.gen(function* () {
    const publisher = yield* Publisher
    yield* publisher.publish([outgoing(contract, { key: recordKey, value, workspaceId: "w" })])
    yield* settle
  })
const putAccount = (id: string, changes = {}) => put(accountState, `account/${id}/${id}`, account(id, changes))
/** An enabled rule keeps its account's session open. */
const putRule = (accountId: string) => put(accountState, `rule/${accountId}/r`, guard(accountId))

/** Values of a topic in the order of one key's partition; `null` for a tombstone. */
const valuesOf = <A>(topic: string) =>
  Effect.map(
    Effect.flatMap(MemoryKafkaControl, (control) => control.records(topic)),
    (records) =>
      records.map(({ value }): A | null =>
        value === null ? null : JSON.parse(Buffer.from(value.subarray(5)).toString())
      )
  )
const positions = Effect.map(valuesOf<AccountState>("account-state"), (states) =>
  states.flatMap((state) => {
    if (state === null) return [["tombstone"]]
    if (state._tag !== "Position") return []
    return [[state.positionId, state.revision, state.closeReason ?? state.status, state.commandId, state.epoch]]
  })
)
const ticks = Effect.map(valuesOf<MarketTick>("market-ticks"), (all) =>
  all.map((tick) => [tick?.priceUsd, tick?.epoch, tick?.source])
)

describe("market-data", () => {
  it.effect("keeps a position through its life: opened, margin added, liquidated, gone", () =>
    Effect.gen(function* () {
      const { layer, memory } = yield* makeMemoryExchange
      memory.account("a").trades = [trade({})]
      yield* putAccount("a")
      yield* putRule("a")
      yield* instance("1", layer)
      yield* settle
      yield* Queue.offer(memory.account("a").events, { _tag: "Connected" })
      yield* settle
      const command = outcome({ commandId: "c-1", after: { marginSats: 1500, liquidationPriceUsd: 7 } })
      yield* put(tradeLog, "a", command)
      yield* put(tradeLog, "a", command)
      yield* Queue.offer(memory.account("a").events, {
        _tag: "TradeEnded",
        tradeId: "t-1",
        reason: "liquidated",
        closedAtMs: 9,
        exitPriceUsd: 7,
        pnlSats: undefined
      })
      yield* settle
      assert.deepStrictEqual(yield* positions, [
        ["t-1", 1, "open", undefined, 1],
        ["t-1", 2, "open", "c-1", 1],
        ["t-1", 3, "liquidated", undefined, 1],
        ["tombstone"]
      ])
      const history = yield* valuesOf<AccountState>("account-history")
      assert.deepStrictEqual(
        history.map((state) => state?._tag === "Position" && state.revision),
        [1, 2, 3]
      )
    }).pipe(running)
  )

  /**
   * @guarantee crash: market-data ends before a tick is sent, or loses its lease
   * @redelivered nothing: the exchange's stream keeps no prices
   * @harmless another instance takes over within the lease's 6 s with a higher epoch and goes on with the positions'
   *   revisions; the first tick is evaluated against every pair, after the candles of an absence of a minute or more
   */
  it.effect("lets one instance publish; the other takes over with a higher epoch and goes on with the revisions", () =>
    Effect.gen(function* () {
      const first = yield* makeMemoryExchange
      const second = yield* makeMemoryExchange
      yield* putAccount("a")
      yield* putRule("a")
      first.memory.account("a").trades = [trade({})]
      second.memory.account("a").trades = [trade({ marginSats: 1500 })]
      const leader = yield* instance("1", first.layer)
      yield* settle
      yield* instance("2", second.layer)
      yield* settle
      for (const { memory } of [first, second]) {
        yield* Queue.offer(memory.account("a").events, { _tag: "Connected" })
        yield* Queue.offerAll(memory.market, [
          { _tag: "Connected" },
          { _tag: "Price", priceUsd: 10, marketTimeMs: 1_000, receivedAtMs: 1 }
        ])
      }
      yield* settle
      assert.deepStrictEqual(yield* ticks, [[10, 1, "stream"]])
      assert.strictEqual(second.memory.account("a").sessions, 0)
      yield* Fiber.interrupt(leader)
      yield* put(tradeLog, "a", outcome({ commandId: "c-1", after: { marginSats: 1500 } }))
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.deepStrictEqual(yield* ticks, [
        [10, 1, "stream"],
        [10, 2, "stream"]
      ])
      const revisions = yield* positions
      assert.deepStrictEqual(revisions[0], ["t-1", 1, "open", undefined, 1])
      assert.isTrue(
        revisions.some(([, revision, , commandId]) => commandId === "c-1" && (revision === 2 || revision === 3))
      )
      assert.deepStrictEqual(revisions.at(-1)?.slice(0, 2), ["t-1", revisions.length])
    }).pipe(running)
  )

  /** @guarantee protection: Prices that an absence of market-data missed are evaluated before live ones go on */
  it.effect("reads the last published tick back after a restart of the only instance, and fills the gap since", () =>
    Effect.gen(function* () {
      const { layer, memory } = yield* makeMemoryExchange
      const price = (marketTimeMs: number) =>
        Queue.offerAll(memory.market, [
          { _tag: "Connected" },
          { _tag: "Price", priceUsd: 10, marketTimeMs, receivedAtMs: 1 }
        ])
      const only = yield* instance("1", layer)
      yield* settle
      yield* price(1_000)
      yield* settle
      yield* Fiber.interrupt(only)
      memory.candles = [{ timeMs: 60_000, open: 5, high: 5, low: 5, close: 5 }]
      yield* instance("1", layer)
      yield* settle
      yield* price(120_000)
      yield* settle
      const [first, ...others] = yield* ticks
      assert.deepStrictEqual(first, [10, 1, "stream"])
      assert.deepStrictEqual(
        others.map(([priceUsd, , source]) => `${source} ${priceUsd}`),
        ["backfill 5", "backfill 5", "backfill 5", "backfill 5", "stream 10"]
      )
    }).pipe(running)
  )

  it.effect("watches accounts as they are switched on and off", () =>
    Effect.gen(function* () {
      const { layer, memory } = yield* makeMemoryExchange
      yield* instance("1", layer)
      yield* putAccount("a", { active: false })
      yield* putAccount("b")
      yield* putRule("b")
      assert.deepStrictEqual([memory.account("a").sessions, memory.account("b").sessions], [0, 1])
      yield* putAccount("b", { active: false, version: 2 })
      assert.strictEqual(memory.account("b").sessions, 0)
    }).pipe(running)
  )
})
