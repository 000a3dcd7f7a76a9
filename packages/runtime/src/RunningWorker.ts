import type { Effect } from "effect"
import type { ControlsStatus } from "./Controls.ts"
import type { LaneStatus } from "./LaneStatus.ts"
import type { WorkerFailed } from "./RuntimeError.ts"

/** State of a table. */
export interface TableStatus {
  readonly topic: string
  readonly rows: number
  readonly ready: boolean
  /** Records that could not be decoded; their rows are older than they should be. */
  readonly undecodable: number
}

/** State of a worker at one moment. */
export interface WorkerStatus {
  readonly ready: boolean
  readonly lanes: ReadonlyArray<LaneStatus>
  readonly tables: ReadonlyArray<TableStatus>
  /** Absent: topics.yaml has no topic `controls`. */
  readonly controls?: ControlsStatus
}

/** A worker that takes records. Closing the scope it was started in drains and stops it. */
export interface RunningWorker {
  readonly name: string
  /**
   * Stops taking records of a lane (`critical`, …) in this process, of all its inputs or of one topic; those in flight are
   * finished. For pauses that outlast the process and hold for all of them there is the topic `controls`.
   */
  readonly pause: (lane: string, topic?: string) => Effect.Effect<void>
  readonly resume: (lane: string, topic?: string) => Effect.Effect<void>
  /** Commits what is finished now. */
  readonly commit: Effect.Effect<void>
  /** Takes nothing more, finishes what is in flight within the drain time, commits, leaves the groups. */
  readonly drain: Effect.Effect<void>
  readonly status: () => WorkerStatus
  /** Never succeeds; fails when the worker can't go on. Its process should end then. */
  readonly failure: Effect.Effect<never, WorkerFailed>
}
