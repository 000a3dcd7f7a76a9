import {
  deliveryHeaders,
  deterministicId,
  type TimerFired,
  type TimerOutcome,
  type TopicContract
} from "@millrace/contracts"
import { type Outgoing, outgoing } from "@millrace/runtime"
import type { DueTimer, TimerEnd } from "@millrace/store"
import { Result } from "effect"
import type { TimerTargets } from "./TimerTargets.ts"

/** What is published for a due timer, and what the store is told afterwards. */
export interface Delivery {
  readonly timer: DueTimer
  readonly records: ReadonlyArray<Outgoing>
  readonly end: TimerEnd
}

/** Id of what a timer delivers: the same for every scheduler and every repeat. */
export const deliveryId = (timer: { readonly owner: string; readonly timerId: string; readonly revision: number }) =>
  deterministicId("timer", timer.owner, timer.timerId, String(timer.revision))

/** Decides what becomes of a due timer at `nowMs` of the store's clock; the same input gives the same records. */
export const deliveryOf = (
  timer: DueTimer,
  nowMs: number,
  targets: TimerTargets,
  firings: TopicContract<unknown>
): Delivery => {
  if (timer.skipWhenLaterMs !== undefined && nowMs - timer.dueAtMs > timer.skipWhenLaterMs) {
    return endedAs(timer, nowMs, firings, "skipped")
  }
  const record = targets.recordOf(timer.owner, timer.target, timer.payload, headersOf(timer))
  return Result.isFailure(record)
    ? endedAs(timer, nowMs, firings, "refused", record.failure)
    : endedAs(timer, nowMs, firings, "delivered", undefined, [record.success])
}

/** The same timer when its record can't be published for a reason that stays. */
export const refusalOf = (timer: DueTimer, nowMs: number, firings: TopicContract<unknown>, reason: string): Delivery =>
  endedAs(timer, nowMs, firings, "refused", reason)

const endedAs = (
  timer: DueTimer,
  nowMs: number,
  firings: TopicContract<unknown>,
  outcome: TimerOutcome,
  reason?: string,
  records: ReadonlyArray<Outgoing> = []
): Delivery => {
  const { owner, timerId, revision, dueAtMs, target, scheduleId } = timer
  const fired: TimerFired = {
    _tag: "TimerFired",
    ...{ owner, timerId, revision, dueAtMs, target, outcome },
    deliveryId: deliveryId(timer),
    firedAtMs: nowMs,
    ...(scheduleId === undefined ? {} : { scheduleId }),
    ...(reason === undefined ? {} : { reason })
  }
  const told = outgoing(firings, { key: timerId, workspaceId: target.workspaceId, value: fired })
  return { timer, records: [...records, told], end: { owner, timerId, revision, outcome, reason } }
}

const headersOf = (timer: DueTimer): Readonly<Record<string, string>> => ({
  [deliveryHeaders.deliveryId]: deliveryId(timer),
  [deliveryHeaders.timerId]: timer.timerId,
  [deliveryHeaders.dueAtMs]: String(timer.dueAtMs),
  ...(timer.scheduleId === undefined ? {} : { [deliveryHeaders.scheduleId]: timer.scheduleId })
})
