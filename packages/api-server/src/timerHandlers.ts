import { Caller, Conflict, MillraceApi, type ScheduleInfo, type TimerInfo } from "@millrace/api"
import {
  type InvalidCron,
  type ScheduleRow,
  ScheduleStore,
  ScheduleSwitch,
  type TimerRow,
  TimerStore
} from "@millrace/store"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { noSuch, orUnavailable } from "./answers.ts"
import { inWorkspace } from "./workspaceScope.ts"

const defaultLimit = 100

/** The group `timers`. */
export const timerHandlers = HttpApiBuilder.group(
  MillraceApi,
  "timers",
  Effect.fnUntraced(function* (handlers) {
    const timers = yield* TimerStore
    const schedules = yield* ScheduleStore
    const switches = yield* ScheduleSwitch

    const set = (scheduleId: string, enabled: boolean) =>
      Effect.gen(function* () {
        const caller = yield* Caller
        const { workspaceId } = inWorkspace(caller)
        const row = yield* switches
          .set({ scheduleId, workspaceId, actor: caller.userId }, enabled)
          .pipe(Effect.catchTag("InvalidCron", (error) => Effect.fail(unreadable(scheduleId, error))))
        return row === undefined ? yield* noSuch("schedule", scheduleId) : scheduleInfo(row)
      }).pipe(orUnavailable)

    return handlers
      .handle("list", ({ query: { limit = defaultLimit } }) =>
        Effect.flatMap(Caller, (caller) => timers.list(limit, inWorkspace(caller).workspaceId)).pipe(
          Effect.map((rows) => rows.map(timerInfo)),
          orUnavailable
        )
      )
      .handle("schedules", () =>
        Effect.gen(function* () {
          const { workspaceId } = inWorkspace(yield* Caller)
          const rows = yield* schedules.list
          return rows
            .filter(({ target }) => workspaceId === undefined || target.workspaceId === workspaceId)
            .map(scheduleInfo)
        }).pipe(orUnavailable)
      )
      .handle("pause", ({ params: { scheduleId } }) => set(scheduleId, false))
      .handle("resume", ({ params: { scheduleId } }) => set(scheduleId, true))
  })
)

const timerInfo = ({ reason, scheduleId, state, topic, ...timer }: TimerRow): TimerInfo => ({
  owner: timer.owner,
  timerId: timer.timerId,
  revision: timer.revision,
  dueAtMs: timer.dueAtMs,
  state: state === "refused" ? "refused" : "waiting",
  ...(topic == null ? {} : { topic }),
  ...(scheduleId == null ? {} : { scheduleId }),
  ...(reason == null ? {} : { reason })
})

/** A schedule as it is shown. */
export const scheduleInfo = ({ enabled, nextAtMs, target, ...schedule }: ScheduleRow): ScheduleInfo => ({
  scheduleId: schedule.scheduleId,
  owner: schedule.owner,
  cron: schedule.cron,
  timeZone: schedule.timeZone,
  missed: schedule.missed,
  topic: target.topic,
  key: target.key,
  enabled,
  ...(nextAtMs === undefined || !enabled ? {} : { nextAtMs })
})

const unreadable = (scheduleId: string, { message }: InvalidCron) =>
  new Conflict({
    where: `schedule ${scheduleId}`,
    found: message,
    expected: "an expression that this version can follow",
    whatToDo: "Store it anew with `millrace schedules put`."
  })
