import type { GivenSchedule, ScheduleInfo, TimerInfo } from "@millrace/api"
import {
  cronRule,
  type LastOccurrence,
  type Schedule,
  type ScheduleRow,
  type TimerPlace,
  type TimerRow
} from "@millrace/store"
import { hideSecrets } from "@millrace/telemetry"
import { Result, Schema } from "effect"

export const timerInfo = ({ reason, scheduleId, state, topic, workspaceId, ...timer }: TimerRow): TimerInfo => ({
  owner: timer.owner,
  timerId: timer.timerId,
  revision: timer.revision,
  dueAtMs: timer.dueAtMs,
  state: state === "refused" ? "refused" : "waiting",
  ...(topic == null ? {} : { topic }),
  ...(workspaceId == null ? {} : { workspaceId }),
  ...(scheduleId == null ? {} : { scheduleId }),
  ...(reason == null ? {} : { reason })
})

const Place = Schema.fromJsonString(
  Schema.Tuple([Schema.Literals(["waiting", "refused"]), Schema.Finite, Schema.String, Schema.String])
)
const decodePlace = Schema.decodeUnknownResult(Place)

/** Where a page of timers ends, as text. */
export const timerPlace = ({ dueAtMs, owner, state, timerId }: TimerRow): string =>
  Buffer.from(JSON.stringify([state, dueAtMs, owner, timerId])).toString("base64url")

/** The place of that text; undefined: it is none of ours. */
export const readTimerPlace = (text: string): TimerPlace | undefined =>
  Result.getOrUndefined(
    Result.map(
      decodePlace(Buffer.from(text, "base64url").toString("utf8")),
      ([state, dueAtMs, owner, timerId]): TimerPlace => ({ state, dueAtMs, owner, timerId })
    )
  )

const shownRuns = 5

const upcomingOf = ({ cron, enabled, nextAtMs, timeZone }: ScheduleRow, nowMs: number): ReadonlyArray<number> => {
  const rule = cronRule(cron, timeZone)
  if (!enabled || nextAtMs === undefined || Result.isFailure(rule)) return []
  const runs = [nextAtMs]
  for (let next = rule.success.next(Math.max(nowMs, nextAtMs)); runs.length < shownRuns; ) {
    if (next === undefined) break
    runs.push(next)
    next = rule.success.next(next)
  }
  return runs
}

/** A schedule as it is shown, with its next runs and how its newest one ended. */
export const scheduleInfo = (row: ScheduleRow, last: LastOccurrence | undefined, nowMs: number): ScheduleInfo => {
  const { enabled, nextAtMs, target } = row
  return {
    scheduleId: row.scheduleId,
    owner: row.owner,
    cron: row.cron,
    timeZone: row.timeZone,
    missed: row.missed,
    missedLimit: row.missedLimit,
    graceMs: row.graceMs,
    topic: target.topic,
    ...(target.lane === undefined ? {} : { lane: target.lane }),
    key: target.key,
    workspaceId: target.workspaceId,
    payload: hideSecrets(row.payload),
    enabled,
    ...(nextAtMs === undefined || !enabled ? {} : { nextAtMs }),
    upcomingMs: upcomingOf(row, nowMs),
    ...(last === undefined ? {} : { last: lastOf(last) })
  }
}

const lastOf = ({ dueAtMs, endedAtMs, reason, state }: LastOccurrence): NonNullable<ScheduleInfo["last"]> => ({
  state,
  dueAtMs,
  endedAtMs,
  ...(reason == null ? {} : { reason })
})

/** The schedule that somebody gave, with its defaults. */
export const scheduleGiven = (scheduleId: string, given: GivenSchedule): Schedule => ({
  scheduleId,
  owner: given.owner ?? "scheduler",
  cron: given.cron,
  timeZone: given.timeZone ?? "UTC",
  missed: given.missed ?? "skip",
  missedLimit: given.missedLimit ?? 100,
  graceMs: given.graceMs ?? 60_000,
  target: {
    topic: given.topic,
    key: given.key,
    workspaceId: given.workspaceId,
    ...(given.lane === undefined ? {} : { lane: given.lane as NonNullable<Schedule["target"]["lane"]> })
  },
  payload: given.payload
})
