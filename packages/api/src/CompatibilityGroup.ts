import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { needs } from "./Needs.ts"
import { CleanReport, DetailedStats, QueueStats, WorkerStats, WorkersHealth } from "./QueueInfo.ts"
import { SignedIn } from "./SignedIn.ts"

const QueueName = Schema.String.check(
  Schema.isPattern(/^[a-z][a-z0-9-]{0,99}$/u, { message: "the name of a queue, for example webhook" })
)
const JobType = Schema.String.check(
  Schema.isPattern(/^[a-z][a-z0-9-]{0,99}$/u, { message: "the type of a job, for example sync-manual" })
)

/** Which finished jobs an old client wants to be rid of. */
export const CleanRequest = Schema.Struct({
  /** Absent: `webhook`. */
  queueName: Schema.optionalKey(QueueName),
  /** Only what failed longer ago than this, in milliseconds; default 24 h. */
  grace: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3_650 * 86_400_000 }))),
  /** Absent: both. */
  type: Schema.optionalKey(Schema.Literals(["completed", "failed"]))
})
export type CleanRequest = typeof CleanRequest.Type

/** What an old client wants done: an action on a queue, or a job. */
export const WorkerRequest = Schema.Union([
  Schema.Struct({ action: Schema.Literals(["pause", "resume"]), queueName: Schema.optionalKey(QueueName) }),
  Schema.Struct({ action: Schema.Literal("retry-failed"), queueName: QueueName }),
  Schema.Struct({ action: Schema.Literal("setup-recurring") }),
  Schema.Struct({
    type: JobType,
    data: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown)),
    options: Schema.optionalKey(
      Schema.Struct({
        /** 1 is the most urgent; 1 to 5 take the queue's most urgent lane, all others its default one. */
        priority: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2_097_152 })))
      })
    )
  })
])
export type WorkerRequest = typeof WorkerRequest.Type

/** What was done. */
export const WorkerAnswer = Schema.Struct({
  status: Schema.Literal("success"),
  message: Schema.String,
  data: Schema.Struct({
    queueName: Schema.optionalKey(Schema.String),
    /** Of a job that was queued, or of one on dead letters. */
    jobId: Schema.optionalKey(Schema.String),
    /** Dead letters that were sent back so far. */
    retried: Schema.optionalKey(Schema.Int),
    /** Pauses that were ended. */
    resumed: Schema.optionalKey(Schema.Int),
    /** Schedules that were set up. */
    recurring: Schema.optionalKey(Schema.Array(Schema.String))
  })
})
export type WorkerAnswer = typeof WorkerAnswer.Type

/**
 * The endpoints that clients of the replaced systems know, in their shapes. Errors carry `status: "error"` and `message` beside
 * what every error of the API says.
 */
export const CompatibilityGroup = HttpApiGroup.make("compatibility")
  .add(
    HttpApiEndpoint.get("queueStats", "/queue/stats", { success: QueueStats })
      .annotate(OpenApi.Summary, "Every queue's figures with its oldest unfinished jobs, and their sums.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.post("cleanQueue", "/queue/clean", {
      // Old clients send no body.
      payload: [CleanRequest, Schema.Null],
      success: CleanReport
    })
      .annotate(
        OpenApi.Summary,
        "Give failed jobs of the workspace up that are older than `grace`; completed ones leave by retention."
      )
      .annotateMerge(needs("replay")),
    HttpApiEndpoint.get("workers", "/admin/workers", {
      query: { action: Schema.optionalKey(Schema.Literals(["stats", "health-check", "detailed-stats"])) },
      success: Schema.Union([DetailedStats, WorkersHealth, WorkerStats])
    })
      .annotate(OpenApi.Summary, "Figures of the queues, health of their workers, or figures by lane; default stats.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.post("steerWorkers", "/admin/workers", { payload: WorkerRequest, success: WorkerAnswer })
      .annotate(
        OpenApi.Summary,
        "Pause or resume a queue (for all workspaces), send failed jobs back, set up recurring ones, or queue a job."
      )
      .annotateMerge(needs("operate")),
    HttpApiEndpoint.delete("cleanWorkers", "/admin/workers", {
      query: { force: Schema.optionalKey(Schema.Literals(["true", "false"])) },
      success: CleanReport
    })
      .annotate(
        OpenApi.Summary,
        "Give failed background jobs of the workspace up that are older than 7 days; with force all of them."
      )
      .annotateMerge(needs("replay"))
  )
  .middleware(SignedIn)
  .annotate(
    OpenApi.Description,
    'For clients of the replaced systems. Errors are `{ "status": "error", "message": … }` with the fields of every other error beside them.'
  )
