/** Pauses, switches and commands by hand on their way to the workers and the audit log. */
import { assert, it } from "@effect/vitest"
import { auditLog, type Control, controls, RecordCodec } from "@millrace/contracts"
import { MemoryKafkaControl } from "@millrace/kafka"
import type { OutboxEntry } from "@millrace/store"
import { Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import { runOutboxRelay } from "../src/OutboxRelay.ts"
import { relayRecords } from "../src/relayRecords.ts"
import { createTopics, environment, ScriptedOutbox } from "./relayFixtures.ts"

const controlsTold = Effect.gen(function* () {
  const control = yield* MemoryKafkaControl
  const codec = yield* RecordCodec
  const records = yield* control.records(controls.name)
  return records.map(({ value }): Control | null =>
    value === null ? null : Result.getOrThrow(codec.decode(controls, value))
  )
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
