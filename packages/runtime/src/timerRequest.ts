import { type TimerTarget, timers, Unencodable } from "@millrace/contracts"
import { Effect, Result, Schema } from "effect"
import { outgoing } from "./Outgoing.ts"
import type { Outgoing } from "./Worker.ts"

/** When, and what to do when late. */
export interface TimerSetting {
  /** The asking package, a declared writer of the topic `timers` and of the topic delivered to. */
  readonly owner: string
  /** Deterministic, so that a handler that runs again asks for the same timer. */
  readonly timerId: string
  /** Grows with each change to this timer; default 1. */
  readonly revision?: number
  /** Milliseconds since the epoch. */
  readonly dueAtMs: number
  /** Longest delay after which the record is still of use; absent: it is delivered however late. */
  readonly skipWhenLaterMs?: number
}

/**
 * Builds the record that asks the scheduler to publish `record` later; publish it as part of the handler's outcome.
 *
 * The record comes at least once, each time with the same header `delivery-id`, after `dueAtMs`; timers of one key are
 * not ordered among each other. Its headers other than the workspace are not kept. What the scheduler refuses is in the
 * dead letters of `timers` with the reason.
 *
 * Fails with `Unencodable` when the record's value does not match its topic, or is a tombstone.
 */
export const requestTimer = (setting: TimerSetting, record: Outgoing): Effect.Effect<Outgoing, Unencodable> => {
  const { owner, timerId, revision = 1, dueAtMs, skipWhenLaterMs } = setting
  const payload = Schema.encodeUnknownResult(record.contract.value, { onExcessProperty: "error" })(record.value)
  if (Result.isFailure(payload)) {
    return Effect.fail(new Unencodable({ topic: record.contract.name, issue: payload.failure.message }))
  }
  return Effect.succeed(
    outgoing(timers, {
      key: timerId,
      workspaceId: record.workspaceId,
      value: {
        _tag: "TimerRequested",
        owner,
        timerId,
        revision,
        dueAtMs,
        target: targetOf(record),
        payload: payload.success as Schema.Json,
        ...(skipWhenLaterMs === undefined ? {} : { skipWhenLaterMs })
      }
    })
  )
}

/** Builds the record that takes a timer back; `revision` is above that of the request. Too late once it was delivered. */
export const cancelTimer = (timer: {
  readonly owner: string
  readonly timerId: string
  readonly revision: number
  readonly workspaceId: string
}): Outgoing => {
  const { owner, timerId, revision, workspaceId } = timer
  return outgoing(timers, {
    key: timerId,
    workspaceId,
    value: { _tag: "TimerCancelled", owner, timerId, revision }
  })
}

const targetOf = (record: Outgoing): TimerTarget => ({
  topic: record.contract.name,
  key: record.key,
  workspaceId: record.workspaceId,
  ...(record.lane === undefined ? {} : { lane: record.lane })
})
