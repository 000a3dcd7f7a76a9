import { assert, it } from "@effect/vitest"
import {
  type AccountHistory,
  accountHistory,
  accountState,
  accountStateKey,
  automationCommands,
  ConfluentCodec,
  marketTicks,
  RecordCodec,
  type TopicContract,
  TopicsFile,
  topicContracts,
  tradeLog
} from "@millrace/contracts"
import { History } from "@millrace/history"
import { KafkaClient, MemoryKafka } from "@millrace/kafka"
import { outgoing, Publisher } from "@millrace/runtime"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { type LogEntry, readRecording, replay, reportLines, reportOf, stateRecords } from "../src/index.ts"
import { fallingMarket, inputOf, setting, underRules } from "./fixtures.ts"

const scenario = {
  accounts: [{ id: "ada", name: "Ada", balance: 1_000_000 }],
  positions: [
    { id: "one", account: "ada", side: "buy", quantity: 100, leverage: 10 },
    { id: "two", account: "ada", side: "buy", quantity: 100, leverage: 20 }
  ],
  rules: [{ id: "guard", account: "ada", kind: "margin_guard", threshold: 0.6, action: "close_position" }]
}
const range = { fromMs: 1_542_067_190_000, toMs: 1_542_167_200_000, market: "btc_usd", balanceSats: 1_000_000 }

const layer = Layer.merge(History.layer, Publisher.layerOf("recorder")).pipe(
  Layer.provideMerge(Layer.mergeAll(MemoryKafka.layer, ConfluentCodec.layerMemory, TopicsFile.layerOf(setting.topics)))
)

/** Writes what a real run of the same world would have left in the topics, as a replay of files decides it. */
const record = Effect.gen(function* () {
  const { admin } = yield* KafkaClient
  const publisher = yield* Publisher
  const codec = yield* RecordCodec
  yield* codec.prepare(topicContracts as ReadonlyArray<TopicContract<unknown>>)
  yield* admin.createTopics(setting.topics.physicalTopics().map((topic) => ({ ...topic, replication: 1 })))
  const input = inputOf(fallingMarket(200), scenario)
  const run = yield* replay(input, setting)
  yield* TestClock.setTime(range.fromMs - 1_000)
  yield* publisher.publish([...input.accounts, ...input.rules].flatMap((state) => stateRecords(state, "replay")))
  const opened = run.log.flatMap((entry) =>
    entry.type === "position" && entry.value.revision === 1 ? [{ ...entry.value, epoch: 7, revision: 3 }] : []
  )
  yield* publisher.publish(opened.flatMap((state) => stateRecords(state, "replay")))
  let next = run.log.length
  const upTo = Effect.fnUntraced(function* (marketTimeMs: number) {
    for (; next < run.log.length && run.log[next]!.marketTimeMs <= marketTimeMs; next++) yield* write(run.log[next]!)
  })
  next = 0
  for (const step of input.steps()) {
    if (step._tag !== "Tick") continue
    const { price: priceUsd, timeMs: marketTimeMs } = step.tick
    yield* TestClock.setTime(marketTimeMs)
    const value = {
      market: "btc_usd",
      priceUsd,
      marketTimeMs,
      receivedAtMs: marketTimeMs,
      source: "stream",
      epoch: 7
    } as const
    yield* publisher.publish([outgoing(marketTicks, { key: "btc_usd", value, workspaceId: "market" })])
    yield* upTo(marketTimeMs)
  }
  return run
})

const write = Effect.fnUntraced(function* (entry: LogEntry) {
  const publisher = yield* Publisher
  const wall = { decidedAtMs: 1, tickReceivedAtMs: 1 }
  if (entry.type === "command") {
    const key = `${entry.value.accountId}/${entry.value.positionId}`
    yield* publisher.publish([
      outgoing(automationCommands, { key, value: { ...entry.value, ...wall }, workspaceId: "replay", lane: "critical" })
    ])
  } else if (entry.type === "outcome") {
    const value = { ...entry.value, timing: wall, finishedAtMs: 1 }
    yield* publisher.publish([outgoing(tradeLog, { key: value.accountId, value, workspaceId: "replay" })])
  } else if (entry.type === "position" && entry.value.status === "closed") {
    const value = { ...entry.value, revision: 4, epoch: 7 }
    yield* publisher.publish([
      outgoing<AccountHistory>(accountHistory, { key: value.accountId, value, workspaceId: "replay" }),
      outgoing(accountState, { key: accountStateKey(value), value: null, workspaceId: "replay" })
    ])
  }
})

/**
 * @guarantee protection: A recorded range is decided again, and held against what happened live
 * @how ticks, accounts, rules and positions as they were recorded; what others changed is done at its time, what rules did is decided anew
 */
it.effect("decides a recorded range as it was decided live, under the same ids", () =>
  Effect.gen(function* () {
    const live = yield* record
    const recording = yield* readRecording(range)
    const run = yield* replay(recording.input, setting)
    const ids = (log: ReadonlyArray<LogEntry>) =>
      log.flatMap((entry) => (entry.type === "command" ? [entry.value.commandId] : []))
    assert.strictEqual(ids(live.log).length, 2)
    assert.deepStrictEqual(ids(run.log), ids(live.log))
    assert.deepStrictEqual(run.troubles, [])
    const acts = reportOf(
      { name: "replay", run },
      { name: "live", log: recording.live.filter(({ type }) => type === "command" || type === "outcome") }
    )
    assert.deepStrictEqual(
      acts.difference?.differences.filter(({ kind }) => kind === "act"),
      []
    )
  }).pipe(Effect.provide(layer))
)

/** @guarantee protection: A recorded range is decided again, and held against what happened live */
it.effect("shows what other rules would have decided instead of what happened live", () =>
  Effect.gen(function* () {
    yield* record
    const { input, live } = yield* readRecording(range)
    const other = underRules(
      input,
      `rules:
  - { id: guard, account: ada, kind: margin_guard, threshold: 0.9, action: close_position }`
    )
    const report = reportOf({ name: "later", run: yield* replay(other, setting) }, { name: "live", log: live })
    const acts = report.difference!.differences.filter(({ kind }) => kind === "act")
    assert.strictEqual(acts.length, 2)
    for (const { first, second } of acts) assert.isAbove(first!.atMs, second!.atMs)
    assert.match(reportLines(report).join("\n"), /recorded ticks of btc_usd: 800 ticks; later against live/u)
  }).pipe(Effect.provide(layer))
)

it.effect("does by hand at its time what the owner did by hand", () =>
  Effect.gen(function* () {
    yield* record
    const { input } = yield* readRecording(range)
    const [position] = input.positions
    const publisher = yield* Publisher
    const atMs = input.first.timeMs + 30_000
    yield* TestClock.setTime(atMs)
    const fed = { ...position!, marginSats: position!.marginSats + 50_000, revision: 9 }
    const closed = {
      ...position!,
      status: "closed" as const,
      closeReason: "closed" as const,
      closedAtMs: atMs,
      revision: 10
    }
    yield* publisher.publish([
      outgoing<AccountHistory>(accountHistory, { key: "ada", value: fed, workspaceId: "replay" })
    ])
    yield* publisher.publish([
      outgoing<AccountHistory>(accountHistory, { key: "ada", value: closed, workspaceId: "replay" })
    ])
    const again = yield* replay((yield* readRecording(range)).input, setting)
    const ends = again.log.filter(
      (entry) => entry.type === "position" && entry.value.positionId === position!.positionId
    )
    const last = ends.at(-1)
    assert.isTrue(last?.type === "position" && last.value.status === "closed" && last.value.commandId === undefined)
    assert.strictEqual(again.log.filter((entry) => entry.type === "command").length, 1)
  }).pipe(Effect.provide(layer))
)

it.effect("refuses a range without ticks", () =>
  Effect.gen(function* () {
    yield* record
    const failure = yield* Effect.flip(readRecording({ ...range, fromMs: range.toMs, toMs: range.toMs + 1 }))
    assert.match(failure.message, /No tick of btc_usd was recorded in this range/u)
  }).pipe(Effect.provide(layer))
)
