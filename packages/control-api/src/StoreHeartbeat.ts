import { type ControlsHeartbeat, controlKey, controls, systemWorkspace } from "@millrace/contracts"
import { outgoing, Publisher, TradingFeed } from "@millrace/runtime"
import { ControlStore, type Restore, StoreMarks } from "@millrace/store"
import { OperatorAlerts } from "@millrace/telemetry"
import { Clock, Effect } from "effect"
import { restoreFound } from "./restoreFound.ts"

/** Who halts trading after a restore. */
const actor = "control-api"

/**
 * The heartbeat of the controls. Each one marks the database first and then tells Kafka the mark, so that a database that was
 * restored to an earlier state is found: trading is HALTED then, until an operator has reconciled it.
 *
 * `check` marks and looks; `beat` does so and sends the heartbeat. Needs the topic `controls` read to its end.
 */
export const makeStoreHeartbeat = Effect.gen(function* () {
  const marks = yield* StoreMarks
  const store = yield* ControlStore
  const feed = yield* TradingFeed
  const publisher = yield* Publisher
  const alerts = yield* OperatorAlerts

  /** Halts everything, and keeps the switches that only Kafka knows; to be repeated until it went well. */
  const halt = Effect.fnUntraced(function* (restore: Restore) {
    const held = yield* store.switches
    const isHeld = (one: { readonly accountId?: string; readonly ruleId?: string }) =>
      held.some((other) => other.accountId === one.accountId && other.ruleId === one.ruleId)
    for (const told of feed.heldSwitches()) {
      if (isHeld(told)) continue
      yield* store.switch(told, told.mode, {
        actor: told.actor,
        ...(told.reason === undefined ? {} : { reason: told.reason })
      })
    }
    const global = held.find((one) => one.accountId === undefined)
    if (global?.mode === "HALTED") return false
    yield* store.switch({}, "HALTED", { actor, reason: restore.reason })
    return true
  })

  /** Returns the mark; undefined where the workers have to hear of a new halt first. */
  const check = Effect.gen(function* () {
    const told = feed.heartbeat()
    const nowMs = yield* Clock.currentTimeMillis
    const found = yield* marks.advance((mark) => restoreFound(told, mark, nowMs))
    const restore = yield* marks.restore
    if (restore === undefined) {
      yield* alerts.clear(outage.subject)
      return found
    }
    yield* alerts.raise(outage, restore.reason)
    return (yield* halt(restore)) ? undefined : found
  })

  const beat = Effect.gen(function* () {
    const found = yield* check
    if (found === undefined) return
    const value: ControlsHeartbeat = {
      _tag: "ControlsHeartbeat",
      atMs: yield* Clock.currentTimeMillis,
      storeMark: found.mark,
      storeId: found.storeId
    }
    yield* publisher.publish([outgoing(controls, { key: controlKey(value), value, workspaceId: systemWorkspace })])
  })
  return { check, beat }
})

const outage = {
  subject: "restored database",
  title: "PostgreSQL holds less than the workers were told: it was restored, so trading is HALTED",
  whatToDo:
    "Nothing is protected: act by hand at the exchange where it matters. Then see the runbook, chapter restore: millrace trading resume lists what is missing and goes on once it is reconciled."
}
