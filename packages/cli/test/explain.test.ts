import { assert, it } from "@effect/vitest"
import {
  type Account,
  accountHistory,
  accountState,
  accountStateKey,
  type Decision,
  decisions,
  type MarginGuardRule,
  type MarketTick,
  marketTicks,
  type Position,
  partitionOf,
  RecordCodec,
  type TopicContract,
  TopicsFile,
  type TradeOutcome,
  topicContracts,
  tradeLog
} from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { Effect, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { bench, registry, topics } from "./memoryBroker.ts"
import { runMillrace } from "./runMillrace.ts"

const explain = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
  const kafka = Layer.succeed(KafkaClient, yield* KafkaClient)
  return yield* runMillrace({ kafka, registry, topics }, ["explain", ...args])
})

const start = Date.UTC(2026, 0, 1)

const account: Account = {
  _tag: "Account",
  accountId: "ada",
  workspaceId: "w1",
  userId: "u1",
  name: "Ada",
  active: true,
  network: "simulator",
  warningThreshold: 0.8,
  criticalThreshold: 0.9,
  hysteresis: 0.02,
  version: 1
}
const rule: MarginGuardRule = {
  _tag: "Rule",
  ruleId: "ada-guard",
  accountId: "ada",
  kind: "margin_guard",
  enabled: true,
  dryRun: false,
  metric: "margin_loss",
  threshold: 0.5,
  action: "close_position",
  retryAfterMs: 10_000,
  version: 1
}
const position: Position = {
  _tag: "Position",
  positionId: "p1",
  accountId: "ada",
  market: "btc_usd",
  marginMode: "isolated",
  side: "buy",
  quantityUsd: 1000,
  entryPriceUsd: 60_000,
  marginSats: 166_666,
  maintenanceMarginSats: 1_833,
  leverage: 10,
  liquidationPriceUsd: 54_545.5,
  status: "open",
  openedAtMs: start,
  revision: 1,
  epoch: 1
}
const fired: Decision = {
  decisionId: "d1",
  accountId: "ada",
  ruleId: "ada-guard",
  positionId: "p1",
  reason: "fired",
  commandId: "c1",
  priceUsd: 57_000,
  marketTimeMs: start + 3_000
}
const outcome: TradeOutcome = {
  commandId: "c1",
  accountId: "ada",
  accountName: "Ada",
  ruleId: "ada-guard",
  positionId: "p1",
  action: { _tag: "close_position" },
  attempt: 1,
  status: "completed",
  reason: "done",
  effectId: "trade-7",
  marketTimeMs: start + 3_000,
  priceUsd: 57_000,
  pnlSats: -87_719,
  timing: { tickReceivedAtMs: start, decidedAtMs: start },
  finishedAtMs: start + 3_100
}

const writeAt = Effect.fnUntraced(function* <A>(atMs: number, contract: TopicContract<A>, key: string, value: A) {
  const { producer } = yield* KafkaClient
  const codec = yield* RecordCodec
  yield* TestClock.setTime(atMs)
  const { send } = yield* producer({ clientId: "test" })
  const bytes = Result.getOrThrow(codec.encode(contract, value))
  const partition = partitionOf(contract, key, 12)
  const headers = { "workspace-id": "w1" }
  yield* send([{ topic: contract.name, partition, key: Buffer.from(key), value: bytes, headers }])
}, Effect.scoped)

const tickAt = (afterMs: number, priceUsd: number) => {
  const at = start + afterMs
  const value: MarketTick = {
    market: "btc_usd",
    priceUsd,
    marketTimeMs: at,
    receivedAtMs: at,
    source: "stream",
    epoch: 1
  }
  return writeAt(at, marketTicks, "btc_usd", value)
}

/** A position, its guard, a price that falls below the trigger, and what came of it. */
const recorded = Effect.gen(function* () {
  const { admin } = yield* KafkaClient
  const codec = yield* RecordCodec
  yield* codec.prepare(topicContracts as ReadonlyArray<TopicContract<unknown>>)
  yield* admin.createTopics((yield* TopicsFile).physicalTopics().map((topic) => ({ ...topic, replication: 1 })))
  for (const value of [account, rule, position]) {
    yield* writeAt(start, accountState, accountStateKey(value), value)
    yield* writeAt(start, accountHistory, "ada", value)
  }
  yield* tickAt(1_000, 58_000)
  yield* tickAt(3_000, 57_000)
  yield* writeAt(start + 3_001, decisions, "ada", fired)
  yield* writeAt(start + 3_100, tradeLog, "ada", outcome)
})

/** @guarantee operation: Why a rule acted or did not can be told for any time that is kept, with the figures */
it.effect("tells in words why a rule did not act, with the figures and how far away it was", () =>
  Effect.gen(function* () {
    yield* recorded
    const { exitCode, out } = yield* explain("ada-guard", "--at", "2026-01-01T00:00:02Z")
    assert.strictEqual(exitCode, 0)
    const lines = out.split("\n")
    assert.strictEqual(lines[0], "ada-guard, version 1, account Ada (ada)")
    assert.include(lines[1], "margin guard: close_position when margin_loss ≥ 0.5")
    assert.include(lines[2], "tick of 2026-01-01T00:00:01.000Z market time")
    assert.include(out, "position p1: long of 1,000 USD at 60,000 USD, 10x")
    assert.include(out, "It did not act: its condition was not met.")
    assert.include(out, "margin_loss 0.3448, acts when ≥ 0.5: not met")
    assert.include(out, "trigger price 57,142.87 USD, 857.13 USD (1.48 %) below the price")
    assert.include(out, "derived from the tick")
  }).pipe(Effect.provide(bench))
)

/**
 * @guarantee operation: Why a rule acted or did not can be told for any time that is kept, with the figures
 * @how from ticks, states as they were, decisions, commands and outcomes; `millrace explain`
 */
it.effect("tells what a rule did, by which command, and what the exchange did", () =>
  Effect.gen(function* () {
    yield* recorded
    const at = ["--at", "market:2026-01-01T00:00:03Z"]
    const { out } = yield* explain("ada-guard", "--position", "p1", ...at)
    assert.include(out, "It acted with this tick.")
    assert.include(out, "trigger price 57,142.87 USD, reached, 142.87 USD (0.25 %) beyond")
    assert.include(out, "attempt 1: close_position, decided at 57,000 USD, 2026-01-01T00:00:03.000Z, command c1")
    assert.include(out, "completed (done) at 2026-01-01T00:00:03.100Z: effect trade-7, P&L -87,719 sats")
    const shown = JSON.parse((yield* explain("ada-guard", "--json", ...at)).out)
    assert.deepInclude(shown.explanations[0], { reason: "fired", scope: "acted", acted: true, until: null })
    assert.strictEqual(shown.explanations[0].attempts[0].outcomes[0].status, "completed")
    const later = yield* explain("ada-guard", "--at=now")
    assert.include(later.out, "It acted with this tick.", "the last tick is still in force")
  }).pipe(Effect.provide(bench))
)

it.effect("ends with 1 and says why for a rule that is unknown and a time that is none", () =>
  Effect.gen(function* () {
    yield* recorded
    const unknown = yield* explain("ada-gard")
    assert.strictEqual(unknown.exitCode, 1)
    assert.match(unknown.error, /There is no rule ada-gard.*The most like it: ada-guard\.$/u)
    const time = yield* explain("ada-guard", "--at", "noon")
    assert.strictEqual(time.exitCode, 1)
    assert.match(time.error, /^--at: Expected a time .*; found noon$/u)
  }).pipe(Effect.provide(bench))
)
