import { assert, it } from "@effect/vitest"
import {
  type AccountHistory,
  accountHistory,
  accountState,
  accountStateKey,
  auditLog,
  controls,
  type Position,
  type TradingSwitch,
  tradingKey
} from "@millrace/contracts"
import { KafkaClient, MemoryKafkaControl } from "@millrace/kafka"
import { Effect, Random, Schema } from "effect"
import { TestClock } from "effect/testing"
import { accountsAt, switchesAt } from "../src/index.ts"
import { account, position, rule } from "./fixtures.ts"
import { createTopics, historyLayer, writeAt } from "./HistoryBench.ts"

const day = 86_400_000

/** Writes a change as control-api and market-data do: to the table and to the history. */
const changeAt = Effect.fnUntraced(function* (atMs: number, value: AccountHistory) {
  const key = value._tag === "Removed" ? value.key : accountStateKey(value)
  const gone = value._tag === "Removed" || (value._tag === "Position" && value.status === "closed")
  yield* writeAt(atMs, accountState, { key, value: value._tag === "Removed" ? null : value })
  yield* writeAt(atMs, accountHistory, { key: value.accountId, value })
  if (gone) yield* writeAt(atMs, accountState, { key, value: null })
})

const summary = Effect.fnUntraced(function* (timeMs: number, accountId?: string) {
  const { accounts, positions, rules } = yield* accountsAt(timeMs, accountId)
  return [
    ...[...accounts.values()].map(({ accountId, version }) => `${accountId} v${version}`),
    ...[...rules.values()].map(({ ruleId, version }) => `${ruleId} v${version}`),
    ...[...positions.values()].map(({ positionId, revision }) => `${positionId} r${revision}`)
  ].sort()
})

const closed: Position = { ...position, status: "closed", closeReason: "closed", revision: 3, closedAtMs: 5 }

it.effect("tells accounts, rules and open positions as they were, whatever became of them since", () =>
  Effect.gen(function* () {
    yield* createTopics
    yield* changeAt(1_000, account)
    yield* changeAt(2_000, rule)
    yield* changeAt(3_000, position)
    yield* changeAt(4_000, { ...position, revision: 2 })
    yield* changeAt(5_000, { ...rule, version: 2 })
    yield* changeAt(6_000, closed)
    yield* changeAt(7_000, { _tag: "Removed", accountId: "a1", key: accountStateKey(rule), atMs: 7_000 })
    yield* changeAt(8_000, { ...account, accountId: "a2" })
    yield* TestClock.setTime(9_000)
    assert.deepStrictEqual(yield* summary(999), [])
    assert.deepStrictEqual(yield* summary(1_000), ["a1 v1"])
    assert.deepStrictEqual(yield* summary(3_500), ["a1 v1", "guard-1 v1", "p1 r1"])
    assert.deepStrictEqual(yield* summary(4_000), ["a1 v1", "guard-1 v1", "p1 r2"])
    assert.deepStrictEqual(yield* summary(5_999), ["a1 v1", "guard-1 v2", "p1 r2"])
    assert.deepStrictEqual(yield* summary(6_000), ["a1 v1", "guard-1 v2"])
    assert.deepStrictEqual(yield* summary(7_000), ["a1 v1"])
    assert.deepStrictEqual(yield* summary(8_500), ["a1 v1", "a2 v1"])
    assert.deepStrictEqual(yield* summary(8_500, "a2"), ["a2 v1"])
    const control = yield* MemoryKafkaControl
    yield* control.compact(accountState.name)
    assert.deepStrictEqual(yield* summary(3_500), ["a1 v1", "guard-1 v1", "p1 r1"], "after compaction")
  }).pipe(Effect.provide(historyLayer))
)

const steps = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4 }))).check(
  Schema.isMinLength(1),
  Schema.isMaxLength(40)
)

it.effect.prop(
  "tells of any time what a table that was followed up to it would show",
  [steps, Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 }))],
  ([kinds, seed]) =>
    Effect.gen(function* () {
      yield* createTopics
      const shown: Array<ReadonlyArray<string>> = []
      const rows = new Map<string, string>()
      const versions = new Map<string, number>()
      for (const [n, kind] of kinds.entries()) {
        const id = `x${(yield* Random.next) < 0.5 ? 1 : 2}`
        const entity = `${kind % 3 === 0 ? "p" : "r"}${id}`
        const version = (versions.get(entity) ?? 0) + 1
        // A rule that is stored anew after its removal begins again.
        versions.set(entity, kind === 4 ? 0 : version)
        const key = `rule/a1/${id}`
        if (kind === 0) {
          yield* changeAt(1_000 + n * day, { ...position, positionId: id, revision: version })
          rows.set(`p${id}`, `${id} r${version}`)
        } else if (kind === 3) {
          yield* changeAt(1_000 + n * day, { ...closed, positionId: id, revision: version })
          rows.delete(`p${id}`)
        } else if (kind === 4) {
          yield* changeAt(1_000 + n * day, { _tag: "Removed", accountId: "a1", key, atMs: 1 })
          rows.delete(`r${id}`)
        } else {
          yield* changeAt(1_000 + n * day, { ...rule, ruleId: id, version })
          rows.set(`r${id}`, `${id} v${version}`)
        }
        shown.push([...rows.values()].sort())
      }
      for (const [n, expected] of shown.entries()) assert.deepStrictEqual(yield* summary(1_000 + n * day), expected)
    }).pipe(Effect.provide(historyLayer), Random.withSeed(seed)),
  { arbitrary: { runs: 12 } }
)

/** @guarantee operation: What was recorded is told from complete records or not at all */
it.effect("refuses to guess a state whose last change before the time was deleted", () =>
  Effect.gen(function* () {
    yield* createTopics
    const { admin } = yield* KafkaClient
    yield* changeAt(1 * day, account)
    yield* changeAt(2 * day, rule)
    yield* changeAt(60 * day, { ...rule, version: 2 })
    yield* TestClock.setTime(110 * day)
    const partition = (yield* admin.offsets("account-history")).find(({ end }) => end > 0)!.partition
    yield* admin.deleteRecords("account-history", [{ partition, offset: 2 }])
    assert.deepStrictEqual(yield* summary(60 * day), ["a1 v1", "guard-1 v2"], "the account never changed since")
    const early = yield* Effect.flip(summary(19 * day))
    assert.match(early.message, /no longer has the records of 1970-01-20/u)
    const unknown = yield* Effect.flip(summary(59 * day))
    assert.match(unknown.message, /What held for rule\/a1\/guard-1: account-history no longer has the records/u)
  }).pipe(Effect.provide(historyLayer))
)

const haltedOf = (mode: "HALTED" | "REDUCE_ONLY", atMs: number, accountId?: string): TradingSwitch => ({
  _tag: "TradingSwitch",
  ...(accountId === undefined ? {} : { accountId }),
  mode,
  actor: "ada",
  reason: "drill",
  atMs
})

const switchAt = Effect.fnUntraced(function* (atMs: number, key: string, value: TradingSwitch | undefined) {
  yield* writeAt(atMs, controls, { key, value: value ?? null, workspaceId: "system" })
  const { _tag, ...details } = value ?? { _tag: undefined }
  const action = value === undefined ? "trading_removed" : "trading_stored"
  const entry = {
    auditId: `${key}-${atMs}`,
    workspaceId: "system",
    actor: "ada",
    action,
    details: { key, ...details },
    atMs
  }
  yield* writeAt(atMs, auditLog, { key: "system", value: entry, workspaceId: "system" })
})

it.effect("tells the kill switches that were set at a time", () =>
  Effect.gen(function* () {
    yield* createTopics
    const all = tradingKey({})
    yield* switchAt(1_000, all, haltedOf("HALTED", 1_000))
    yield* switchAt(2_000, tradingKey({ accountId: "a1" }), haltedOf("REDUCE_ONLY", 2_000, "a1"))
    yield* switchAt(3_000, all, undefined)
    yield* switchAt(4_000, all, haltedOf("REDUCE_ONLY", 4_000))
    const at = (timeMs: number) =>
      Effect.map(switchesAt(timeMs), (found) =>
        found.map(({ accountId, mode, reason }) => `${accountId ?? "all"} ${mode} ${reason}`).sort()
      )
    assert.deepStrictEqual(yield* at(999), [])
    assert.deepStrictEqual(yield* at(1_500), ["all HALTED drill"])
    assert.deepStrictEqual(yield* at(2_500), ["a1 REDUCE_ONLY drill", "all HALTED drill"])
    assert.deepStrictEqual(yield* at(3_500), ["a1 REDUCE_ONLY drill"])
    assert.deepStrictEqual(yield* at(5_000), ["a1 REDUCE_ONLY drill", "all REDUCE_ONLY drill"])
  }).pipe(Effect.provide(historyLayer))
)
