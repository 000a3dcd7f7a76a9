import { Caller, Conflict, Invalid, MillraceApi } from "@millrace/api"
import { TopicsFile } from "@millrace/contracts"
import { scheduleIssue } from "@millrace/scheduler"
import { type InvalidCron, type ScheduleRow, ScheduleStore, TimerOperations, TimerStore } from "@millrace/store"
import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { noSuch, orUnavailable } from "./answers.ts"
import { readTimerPlace, scheduleGiven, scheduleInfo, timerInfo, timerPlace } from "./timerAnswers.ts"
import { inWorkspace } from "./workspaceScope.ts"

const defaultLimit = 50

/** The group `timers`. */
export const timerHandlers = HttpApiBuilder.group(
  MillraceApi,
  "timers",
  Effect.fnUntraced(function* (handlers) {
    const timers = yield* TimerStore
    const schedules = yield* ScheduleStore
    const operations = yield* TimerOperations
    const file = yield* TopicsFile

    const asker = Effect.map(Caller, (caller) => ({
      workspaceId: inWorkspace(caller).workspaceId,
      actor: caller.userId
    }))

    const infosOf = (rows: ReadonlyArray<ScheduleRow>) =>
      Effect.gen(function* () {
        const nowMs = yield* Clock.currentTimeMillis
        const last = new Map((yield* timers.lastOccurrences).map((one) => [one.scheduleId, one]))
        return rows.map((row) => scheduleInfo(row, last.get(row.scheduleId), nowMs))
      })

    const infoOf = (scheduleId: string, row: ScheduleRow | undefined) =>
      row === undefined ? Effect.fail(noSuch("schedule", scheduleId)) : Effect.map(infosOf([row]), ([info]) => info!)

    const setEnabled = (scheduleId: string, enabled: boolean) =>
      Effect.gen(function* () {
        const row = yield* operations
          .setEnabled({ scheduleId, ...(yield* asker) }, enabled)
          .pipe(Effect.catchTag("InvalidCron", (error) => Effect.fail(unreadable(scheduleId, error))))
        return yield* infoOf(scheduleId, row)
      }).pipe(orUnavailable)

    return handlers
      .handle("list", ({ query: { after, limit = defaultLimit } }) =>
        Effect.gen(function* () {
          const place = after === undefined ? undefined : readTimerPlace(after)
          if (after !== undefined && place === undefined) return yield* Effect.fail(noPlace)
          const { workspaceId } = yield* asker
          const { rows, total } = yield* timers.list({ limit, workspaceId, after: place })
          const last = rows.at(-1)
          const next = rows.length < limit || last === undefined ? {} : { next: timerPlace(last) }
          return { items: rows.map(timerInfo), total, ...next }
        }).pipe(orUnavailable)
      )
      .handle("cancel", ({ payload }) =>
        Effect.gen(function* () {
          const before = yield* operations.cancel({ ...payload, ...(yield* asker) })
          return before === undefined
            ? yield* Effect.fail(noSuch("timer that waits", `${payload.owner}/${payload.timerId}@${payload.revision}`))
            : timerInfo(before)
        }).pipe(orUnavailable)
      )
      .handle("schedules", () =>
        Effect.gen(function* () {
          const { workspaceId } = yield* asker
          const rows = yield* schedules.list
          return yield* infosOf(
            rows.filter(({ target }) => workspaceId === undefined || target.workspaceId === workspaceId)
          )
        }).pipe(orUnavailable)
      )
      .handle("pause", ({ params: { scheduleId } }) => setEnabled(scheduleId, false))
      .handle("resume", ({ params: { scheduleId } }) => setEnabled(scheduleId, true))
      .handle("put", ({ params: { scheduleId }, payload }) =>
        Effect.gen(function* () {
          const schedule = scheduleGiven(scheduleId, payload)
          const issue = scheduleIssue(file, schedule)
          if (issue !== undefined) return yield* Effect.fail(undeliverable(scheduleId, issue))
          const { actor } = yield* asker
          const row = yield* operations
            .put(schedule, actor)
            .pipe(Effect.catchTag("InvalidCron", ({ message }) => Effect.fail(undeliverable(scheduleId, message))))
          return yield* infoOf(scheduleId, row)
        }).pipe(orUnavailable)
      )
      .handle("remove", ({ params: { scheduleId } }) =>
        Effect.gen(function* () {
          const before = yield* operations.remove({ scheduleId, ...(yield* asker) })
          if (before === undefined) return yield* Effect.fail(noSuch("schedule", scheduleId))
        }).pipe(orUnavailable)
      )
  })
)

const unreadable = (scheduleId: string, { message }: InvalidCron) =>
  new Conflict({
    where: `schedule ${scheduleId}`,
    found: message,
    expected: "an expression that this version can follow",
    whatToDo: "Store it anew with another expression."
  })

const undeliverable = (scheduleId: string, found: string) =>
  new Invalid({
    where: `schedule ${scheduleId}`,
    found,
    expected: "a schedule whose records can be delivered",
    whatToDo: "Nothing was stored. Correct what is named and send it again."
  })

const noPlace = new Invalid({
  where: "query.after",
  found: "something else",
  expected: "`next` of the page before",
  whatToDo: "Begin without it, then go on with the `next` of each answer."
})
