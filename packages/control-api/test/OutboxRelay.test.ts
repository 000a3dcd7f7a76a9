/** The relay on Kafka in memory, with an outbox of a test's own in place of PostgreSQL's. */
import { assert, it } from "@effect/vitest"
import { type Account, accountHistory, accountState, RecordCodec } from "@millrace/contracts"
import { MemoryKafkaControl } from "@millrace/kafka"
import type { AccountEntry, OutboxEntry } from "@millrace/store"
import { Health } from "@millrace/telemetry"
import { Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import { runOutboxRelay } from "../src/OutboxRelay.ts"
import { relayRecords } from "../src/relayRecords.ts"
import { account, createTopics, environment, ScriptedOutbox } from "./relayFixtures.ts"

const entry = (seq: number, value: Account | undefined = account(seq)): AccountEntry => ({
  topic: "account-state",
  seq: String(seq),
  workspaceId: "workspace-1",
  accountId: "account-1",
  actor: "user-1",
  atMs: 1_700_000_000_000,
  key: "account/account-1/account-1",
  value
})

const versionsIn = Effect.fnUntraced(function* (contract: typeof accountState | typeof accountHistory) {
  const control = yield* MemoryKafkaControl
  const codec = yield* RecordCodec
  const records = yield* control.records(contract.name)
  return records.map((record) => {
    if (record.value === null) return "deleted"
    const value = Result.getOrThrow(codec.decode(contract, record.value))
    return value._tag === "Account" ? value.version : value._tag
  })
})

/**
 * @guarantee crash: control-api between Kafka and the outbox mark
 * @redelivered the change
 * @harmless the batch is published again with the same content, and the table keeps the last
 */
it("turns an entry into the same records each time, and a deletion into a tombstone of the table and a removal", () => {
  const shown = (entries: ReadonlyArray<OutboxEntry>) =>
    relayRecords(entries).map((record) => [record.contract.name, record.key, record.value === null])
  const expected = [
    ["account-state", "account/account-1/account-1", false],
    ["account-history", "account-1", false],
    ["audit-log", "workspace-1", false],
    ["account-state", "account/account-1/account-1", true],
    ["account-history", "account-1", false],
    ["audit-log", "workspace-1", false]
  ]
  assert.deepStrictEqual(shown([entry(1), { ...entry(2), value: undefined }]), expected)
  assert.deepStrictEqual(relayRecords([entry(1)]), relayRecords([entry(1)]))
  const removal = relayRecords([{ ...entry(2), value: undefined }])[1]?.value
  assert.deepInclude(removal, { _tag: "Removed", key: "account/account-1/account-1", atMs: 1_700_000_000_000 })
  const audit = relayRecords([entry(1)])[2]?.value
  assert.deepInclude(audit, { actor: "user-1", action: "account_stored", atMs: 1_700_000_000_000 })
})

it.effect("publishes what waits at the start and what comes later, in order", () => {
  const outbox = new ScriptedOutbox()
  return Effect.gen(function* () {
    yield* createTopics
    outbox.waiting = Array.from({ length: 1200 }, (_, index) => entry(index + 1))
    yield* runOutboxRelay
    outbox.waiting.push(entry(1201), { ...entry(1202), value: undefined })
    yield* TestClock.adjust("1 second")
    const versions = Array.from({ length: 1201 }, (_, index) => index + 1)
    assert.deepStrictEqual(yield* versionsIn(accountState), [...versions, "deleted"])
    assert.deepStrictEqual(yield* versionsIn(accountHistory), [...versions, "Removed"])
  }).pipe(Effect.provide(environment(outbox)))
})

/** @guarantee crash: control-api between Kafka and the outbox mark */
it.effect("repeats a batch whose marking failed, and loses nothing", () => {
  const outbox = new ScriptedOutbox()
  return Effect.gen(function* () {
    yield* createTopics
    outbox.waiting = [entry(1), entry(2)]
    outbox.crashes = 1
    yield* Effect.forkScoped(runOutboxRelay)
    yield* TestClock.adjust("3 seconds")
    assert.deepStrictEqual(yield* versionsIn(accountState), [1, 2, 1, 2])
  }).pipe(Effect.provide(environment(outbox)))
})

it.effect("is not ready while PostgreSQL or Kafka is down, says why, and catches up", () => {
  const outbox = new ScriptedOutbox()
  return Effect.gen(function* () {
    yield* createTopics
    const health = yield* Health
    const kafka = yield* MemoryKafkaControl
    const state = () => health.checks()[0]!.state()
    outbox.down = true
    outbox.waiting = [entry(1)]
    yield* Effect.forkScoped(runOutboxRelay)
    yield* TestClock.adjust("1 second")
    assert.deepInclude(state(), { live: true, ready: false })
    assert.include(state().reason, "connection refused")
    outbox.down = false
    yield* kafka.setAvailable(false)
    yield* TestClock.adjust("5 seconds")
    assert.isFalse(state().ready)
    assert.lengthOf(outbox.waiting, 1)
    yield* kafka.setAvailable(true)
    yield* TestClock.adjust("5 seconds")
    assert.isTrue(state().ready)
    assert.deepStrictEqual(yield* versionsIn(accountState), [1])
  }).pipe(Effect.provide(environment(outbox)))
})
