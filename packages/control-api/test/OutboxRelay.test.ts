/** The relay on Kafka in memory, with an outbox of a test's own in place of PostgreSQL's. */
import { assert, it } from "@effect/vitest"
import {
  type Account,
  accountHistory,
  accountState,
  auditLog,
  ConfluentCodec,
  type Control,
  controls,
  RecordCodec,
  TopicsFile
} from "@millrace/contracts"
import { KafkaClient, MemoryKafka, MemoryKafkaControl } from "@millrace/kafka"
import { Publisher } from "@millrace/runtime"
import { type AccountEntry, Outbox, type OutboxEntry, StoreError } from "@millrace/store"
import { Health, makeHealthRegistry } from "@millrace/telemetry"
import { Effect, Layer, Queue, Result, Stream } from "effect"
import { TestClock } from "effect/testing"
import { runOutboxRelay } from "../src/OutboxRelay.ts"
import { relayRecords } from "../src/relayRecords.ts"

const account = (version: number): Account => ({
  _tag: "Account",
  accountId: "account-1",
  workspaceId: "workspace-1",
  userId: "user-1",
  name: `version ${version}`,
  active: true,
  network: "simulator",
  warningThreshold: 0.8,
  criticalThreshold: 0.9,
  hysteresis: 0.02,
  version
})

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

/** An outbox that a test fills, breaks, and lets crash between publishing and marking. */
class ScriptedOutbox {
  waiting: Array<OutboxEntry> = []
  down = false
  crashes = 0

  readonly layer = Layer.effect(
    Outbox,
    Effect.gen({ self: this }, function* () {
      const wakeUps = yield* Queue.unbounded<void>()
      const failing = new StoreError({ operation: "relay the outbox", cause: new Error("connection refused") })
      return Outbox.of({
        append: (entries) => Effect.sync(() => void this.waiting.push(...(entries as ReadonlyArray<OutboxEntry>))),
        relay: (limit, publish) =>
          Effect.gen({ self: this }, function* () {
            if (this.down) return yield* failing
            const batch = this.waiting.slice(0, limit)
            if (batch.length > 0) yield* publish(batch)
            if (this.crashes-- > 0) return yield* failing
            this.waiting = this.waiting.slice(batch.length)
            return batch.length
          }),
        waiting: Effect.sync(() => this.waiting.length),
        wakeUps: Stream.fromQueue(wakeUps),
        prune: () => Effect.succeed(0)
      })
    })
  )
}

const environment = (outbox: ScriptedOutbox) =>
  Layer.mergeAll(outbox.layer, Layer.sync(Health, makeHealthRegistry), Publisher.layerOf("test")).pipe(
    Layer.provideMerge(Layer.mergeAll(MemoryKafka.layer, ConfluentCodec.layerMemory, TopicsFile.layer))
  )

const createTopics = Effect.gen(function* () {
  const kafka = yield* KafkaClient
  yield* kafka.admin.createTopics(
    [accountState, accountHistory, auditLog, controls].map(({ name }) => ({
      topic: name,
      partitions: 12,
      replication: 1,
      config: {}
    }))
  )
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

const controlsTold = Effect.gen(function* () {
  const control = yield* MemoryKafkaControl
  const codec = yield* RecordCodec
  const records = yield* control.records(controls.name)
  return records.map(({ value }): Control | null =>
    value === null ? null : Result.getOrThrow(codec.decode(controls, value))
  )
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

it.effect("tells of pauses and their end, and audits them", () => {
  const outbox = new ScriptedOutbox()
  return Effect.gen(function* () {
    yield* createTopics
    const stored = {
      topic: "controls",
      workspaceId: "system",
      actor: "user-1",
      atMs: 1,
      key: "pause/payments/*/*"
    } as const
    const value = { _tag: "Pause", topic: "payments", actor: "user-1", atMs: 1 } as const
    outbox.waiting = [
      { ...stored, seq: "1", value },
      { ...stored, seq: "2", value: undefined }
    ]
    yield* runOutboxRelay
    const told = (yield* controlsTold).filter((one) => one?._tag !== "ControlsHeartbeat")
    assert.deepStrictEqual(told, [value, null])
    const [, audited, , ended] = relayRecords([
      { ...stored, seq: "1", value },
      { ...stored, seq: "2", value: undefined }
    ])
    assert.deepInclude(audited?.value, {
      actor: "user-1",
      action: "pause_stored",
      details: { key: stored.key, topic: "payments" }
    })
    assert.deepInclude(ended?.value, { action: "pause_removed" })
  }).pipe(Effect.provide(environment(outbox)))
})

it("audits a switch, its lifting and a withdrawn command with their subjects and what was before", () => {
  const stored = { topic: "controls", workspaceId: "system", actor: "user-1", atMs: 1 } as const
  const halted = {
    _tag: "TradingSwitch",
    accountId: "a",
    ruleId: "r",
    mode: "HALTED",
    actor: "user-1",
    atMs: 1
  } as const
  const records = relayRecords([
    { ...stored, seq: "1", key: "trading/a/r", value: halted, details: { formerMode: "ACTIVE" } },
    { ...stored, seq: "2", key: "trading/a/r", value: undefined, details: { formerMode: "HALTED", reason: "over" } },
    {
      ...stored,
      seq: "3",
      key: "cancel/c-1",
      value: { _tag: "CommandCancel", commandId: "c-1", accountId: "a", actor: "user-1", atMs: 1 }
    }
  ])
  const audited = records.filter(({ contract }) => contract.name === auditLog.name).map(({ value }) => value)
  assert.deepInclude(audited[0], {
    action: "trading_stored",
    accountId: "a",
    automationId: "r",
    details: {
      key: "trading/a/r",
      accountId: "a",
      ruleId: "r",
      mode: "HALTED",
      actor: "user-1",
      atMs: 1,
      formerMode: "ACTIVE"
    }
  })
  assert.deepInclude(audited[1], {
    action: "trading_removed",
    details: { key: "trading/a/r", formerMode: "HALTED", reason: "over" }
  })
  assert.deepInclude(audited[2], { action: "cancel_stored", accountId: "a", commandId: "c-1" })
})

/** @guarantee operation: Controls that can't be read are shown, and pauses keep their last known state */
it.effect("is ready while what was decided is published, and only then", () => {
  const outbox = new ScriptedOutbox()
  return Effect.gen(function* () {
    yield* createTopics
    const relay = yield* runOutboxRelay
    assert.isTrue(relay.ready())
    outbox.down = true
    yield* TestClock.adjust("2 seconds")
    assert.isFalse(relay.ready())
    outbox.down = false
    yield* TestClock.adjust("5 seconds")
    assert.isTrue(relay.ready())
  }).pipe(Effect.provide(environment(outbox)))
})

/** @guarantee operation: An operator settles, withdraws or repeats a command by hand, each once and audited */
it("sends a command of an operator to its lane, and tells the audit log who repeats what", () => {
  const value = {
    commandId: "c2",
    accountId: "account-1",
    ruleId: "rule-1",
    ruleVersion: 1,
    positionId: "p1",
    positionRevision: 7,
    attempt: 1,
    action: { _tag: "close_position" as const },
    dryRun: false,
    marketTimeMs: 1,
    priceUsd: 1,
    tickReceivedAtMs: 1,
    decidedAtMs: 1,
    operator: { actor: "cli:ada", commandId: "c1", atMs: 5 }
  }
  const repeated: OutboxEntry = {
    topic: "automation-commands",
    seq: "9",
    workspaceId: "workspace-1",
    accountId: "account-1",
    actor: "cli:ada",
    atMs: 6,
    key: "account-1/p1",
    value
  }
  const [command, audit] = relayRecords([repeated])
  assert.deepInclude(command, { key: "account-1/p1", lane: "critical", value, workspaceId: "workspace-1" })
  assert.deepInclude(audit?.value, {
    actor: "cli:ada",
    action: "command_repeated",
    accountId: "account-1",
    automationId: "rule-1",
    positionId: "p1",
    commandId: "c2",
    details: { key: "account-1/p1", action: "close_position", repeats: "c1", positionRevision: 7 }
  })
  const [dryRun] = relayRecords([{ ...repeated, value: { ...value, dryRun: true } }])
  assert.strictEqual(dryRun?.lane, "low")
})
