import { Id } from "@millrace/contracts/schemas"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { needs } from "./Needs.ts"
import { SignedIn } from "./SignedIn.ts"

/** A record that is delivered at a time. */
export const TimerInfo = Schema.Struct({
  owner: Schema.String,
  timerId: Schema.String,
  revision: Schema.Int,
  /** `refused`: it was due and could not be delivered, for the reason given. */
  state: Schema.Literals(["waiting", "refused"]),
  dueAtMs: Schema.Finite,
  topic: Schema.optionalKey(Schema.String),
  scheduleId: Schema.optionalKey(Schema.String),
  reason: Schema.optionalKey(Schema.String)
})
export type TimerInfo = typeof TimerInfo.Type

/** A record that is delivered again and again. */
export const ScheduleInfo = Schema.Struct({
  scheduleId: Schema.String,
  owner: Schema.String,
  cron: Schema.String,
  timeZone: Schema.String,
  missed: Schema.Literals(["skip", "once", "all"]),
  topic: Schema.String,
  key: Schema.String,
  enabled: Schema.Boolean,
  /** Absent: it has no further occurrence, or is paused. */
  nextAtMs: Schema.optionalKey(Schema.Finite)
})
export type ScheduleInfo = typeof ScheduleInfo.Type

const params = { scheduleId: Id }

/** Timers and recurring schedules of the workspace. Members of `system` see those of all. */
export const TimersGroup = HttpApiGroup.make("timers")
  .add(
    HttpApiEndpoint.get("list", "/timers", {
      query: {
        limit: Schema.optionalKey(
          Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: 1_000 }))
        )
      },
      success: Schema.Array(TimerInfo)
    })
      .annotate(OpenApi.Summary, "Timers that wait, earliest first, then those that were refused.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("schedules", "/schedules", { success: Schema.Array(ScheduleInfo) })
      .annotate(OpenApi.Summary, "Recurring schedules with their next run.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.post("pause", "/schedules/:scheduleId/pause", { params, success: ScheduleInfo })
      .annotate(OpenApi.Summary, "Pause a schedule, with what is due of it and not delivered yet.")
      .annotateMerge(needs("operate")),
    HttpApiEndpoint.post("resume", "/schedules/:scheduleId/resume", { params, success: ScheduleInfo })
      .annotate(OpenApi.Summary, "Let a schedule go on from now.")
      .annotateMerge(needs("operate"))
  )
  .middleware(SignedIn)
