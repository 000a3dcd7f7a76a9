import { Id } from "@millrace/contracts/schemas"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs } from "./Needs.ts"
import { Line, pageOf, pageQuery } from "./Page.ts"
import { SignedIn } from "./SignedIn.ts"
import { topicParams } from "./TopicsGroup.ts"

const Missed = Schema.Literals(["skip", "once", "all"])

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
  workspaceId: Schema.optionalKey(Schema.String),
  reason: Schema.optionalKey(Schema.String)
})
export type TimerInfo = typeof TimerInfo.Type

/** A record that is delivered again and again. */
export const ScheduleInfo = Schema.Struct({
  scheduleId: Schema.String,
  owner: Schema.String,
  cron: Schema.String,
  timeZone: Schema.String,
  missed: Missed,
  /** Bound of `all`. */
  missedLimit: Schema.Int,
  /** How late is not missed yet, in milliseconds; of `skip`. */
  graceMs: Schema.Finite,
  topic: Schema.String,
  /** Absent: the topic's default lane. */
  lane: Schema.optionalKey(Schema.String),
  key: Schema.String,
  workspaceId: Schema.String,
  payload: Schema.Unknown,
  enabled: Schema.Boolean,
  /** Absent: it has no further occurrence, or is paused. */
  nextAtMs: Schema.optionalKey(Schema.Finite),
  /** The next runs, at most five. */
  upcomingMs: Schema.Array(Schema.Finite),
  /** How the newest run ended that is not forgotten yet; absent: none has. */
  last: Schema.optionalKey(
    Schema.Struct({
      state: Schema.Literals(["delivered", "skipped", "refused"]),
      dueAtMs: Schema.Finite,
      endedAtMs: Schema.Finite,
      reason: Schema.optionalKey(Schema.String)
    })
  )
})
export type ScheduleInfo = typeof ScheduleInfo.Type

/** A schedule as it is stored: what is left out has its default. */
export const GivenSchedule = Schema.Struct({
  cron: Line(200),
  /** UTC by default. */
  timeZone: Schema.optionalKey(Line(100)),
  topic: topicParams.topic,
  lane: Schema.optionalKey(Line(20)),
  key: Line(500),
  workspaceId: Id,
  /** JSON; may hold the texts `{{occurrence-id}}` and `{{scheduled-at-ms}}`. */
  payload: Schema.Json,
  /** A declared writer of the topic; `scheduler` by default. */
  owner: Schema.optionalKey(Line(100)),
  /** `skip` by default. */
  missed: Schema.optionalKey(Missed),
  /** 100 by default. */
  missedLimit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000 }))),
  /** 60,000 by default. */
  graceMs: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 86_400_000 })))
})
export type GivenSchedule = typeof GivenSchedule.Type

const params = { scheduleId: Id }

/** Timers and recurring schedules of the workspace. Members of `system` see those of all. */
export const TimersGroup = HttpApiGroup.make("timers")
  .add(
    HttpApiEndpoint.get("list", "/timers", {
      query: { after: pageQuery.after, limit: pageQuery.limit },
      success: pageOf(TimerInfo)
    })
      .annotate(OpenApi.Summary, "Timers that wait, earliest first, then those that were refused.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.post("cancel", "/timers/cancel", {
      payload: Schema.Struct({ owner: Line(200), timerId: Line(500), revision: Schema.Int }),
      success: TimerInfo
    })
      .annotate(
        OpenApi.Summary,
        "Take back a timer that waits or was refused, at the revision that was seen; tells what it was. Its owner may ask for it anew."
      )
      .annotateMerge(needs("operate")),
    HttpApiEndpoint.get("schedules", "/schedules", { success: Schema.Array(ScheduleInfo) })
      .annotate(OpenApi.Summary, "Recurring schedules with their next run.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.post("pause", "/schedules/:scheduleId/pause", { params, success: ScheduleInfo })
      .annotate(OpenApi.Summary, "Pause a schedule, with what is due of it and not delivered yet.")
      .annotateMerge(needs("operate")),
    HttpApiEndpoint.post("resume", "/schedules/:scheduleId/resume", { params, success: ScheduleInfo })
      .annotate(OpenApi.Summary, "Let a schedule go on from now.")
      .annotateMerge(needs("operate")),
    HttpApiEndpoint.put("put", "/schedules/:scheduleId", { params, payload: GivenSchedule, success: ScheduleInfo })
      .annotate(
        OpenApi.Summary,
        "Store a schedule, or change one. It speaks for its owner, so it may ask for all that the owner may write."
      )
      .annotateMerge(needs("administer", "installation")),
    HttpApiEndpoint.delete("remove", "/schedules/:scheduleId", { params, success: HttpApiSchema.NoContent })
      .annotate(OpenApi.Summary, "Remove a schedule, with what is due of it and not delivered.")
      .annotateMerge(needs("administer"))
  )
  .middleware(SignedIn)
