import { Schema } from "effect"
import { ScheduleInfo } from "./TimersGroup.ts"

const Count = Schema.Int

/** A queue as the old clients count it; what each figure is on Kafka says docs/old-clients.md. */
export const QueueCounts = Schema.Struct({
  /** Records that no handler has taken yet, of all workspaces. */
  waiting: Count,
  /** Records that handlers work on, of all workspaces. */
  active: Count,
  /** Finished records that the topic still holds, of all workspaces, those set aside included. */
  completed: Count,
  /** Dead letters of the workspace that are open or quarantined. */
  failed: Count,
  /** Parked records and waiting timers of the workspace. */
  delayed: Count
})
export type QueueCounts = typeof QueueCounts.Type

/** One of the oldest unfinished records of a queue; secrets are hidden. */
export const ActiveJob = Schema.Struct({
  /** `<physical topic>/<partition>@<offset>`. */
  id: Schema.String,
  /** The record's kind, or its topic where it has none. */
  name: Schema.String,
  lane: Schema.String,
  key: Schema.optionalKey(Schema.String),
  data: Schema.Unknown,
  /** Wall time of its writer, in milliseconds. */
  timestamp: Schema.Finite
})
export type ActiveJob = typeof ActiveJob.Type

export const QueueSummary = Schema.Struct({
  totalWaiting: Count,
  totalActive: Count,
  totalCompleted: Count,
  totalFailed: Count
})
export type QueueSummary = typeof QueueSummary.Type

const queuesOf = <F extends Schema.Struct.Fields>(fields: F) =>
  Schema.Record(Schema.String, Schema.Struct({ ...QueueCounts.fields, ...fields }))

/** A good answer in the old clients' shape. */
const success = <S extends Schema.Constraint>(data: S) => Schema.Struct({ status: Schema.Literal("success"), data })

export const QueueStats = success(
  Schema.Struct({ queues: queuesOf({ activeJobs: Schema.Array(ActiveJob) }), summary: QueueSummary })
)

/** What a clean-up removed, by queue. */
export const CleanReport = Schema.Struct({
  status: Schema.Literal("success"),
  message: Schema.String,
  data: Schema.Struct({
    cleaned: Schema.Record(
      Schema.String,
      Schema.Struct({
        /** Always 0: finished records leave a topic by its retention. */
        completed: Count,
        failed: Count
      })
    ),
    /** Jobs on dead letters that did it; one that goes on is at `GET /api/triage-jobs/<id>`. */
    jobs: Schema.Array(Schema.String)
  })
})
export type CleanReport = typeof CleanReport.Type

/** ISO time of the answer. */
const timestamp = Schema.String

export const WorkerStats = success(Schema.Struct({ queues: queuesOf({}), summary: QueueSummary, timestamp }))

/** A worker of a queue, whatever the number of its processes. */
export const WorkerHealth = Schema.Struct({
  /** Whether a process of it is alive and ready. */
  isRunning: Schema.Boolean,
  queueName: Schema.String,
  /** Keys that its processes handle at the same time at most, together. */
  concurrency: Count,
  /** Processes that report themselves. */
  processes: Count,
  /** Why it does not run. */
  reason: Schema.optionalKey(Schema.String)
})
export type WorkerHealth = typeof WorkerHealth.Type

export const WorkersHealth = success(
  Schema.Struct({
    /** Whether the worker of every queue runs. */
    healthy: Schema.Boolean,
    workers: Schema.Record(Schema.String, WorkerHealth),
    timestamp
  })
)

/** A lane of a queue, of all workspaces. */
export const QueueLane = Schema.Struct({
  lane: Schema.String,
  waiting: Count,
  active: Count,
  completed: Count,
  paused: Schema.Boolean,
  processedPerMinute: Schema.Finite,
  failedPerMinute: Schema.Finite,
  meanSeconds: Schema.optionalKey(Schema.Finite)
})
export type QueueLane = typeof QueueLane.Type

export const DetailedStats = success(
  Schema.Struct({
    queues: queuesOf({
      topic: Schema.String,
      workers: Schema.Array(Schema.String),
      lanes: Schema.Array(QueueLane),
      /** Schedules of the workspace that deliver to the queue. */
      recurring: Schema.Array(ScheduleInfo)
    }),
    summary: QueueSummary,
    timestamp
  })
)
