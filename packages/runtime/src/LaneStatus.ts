import type { InputPartitions } from "./InputPartitions.ts"
import type { KeyScheduler } from "./KeyScheduler.ts"
import type { Parking } from "./Parking.ts"
import type { RecordJob } from "./RecordJob.ts"
import type { LanePlan } from "./TopicPlan.ts"

/** Figures of a lane. */
export interface LaneStatus {
  readonly topic: string
  readonly lane: string
  readonly lag: number
  readonly inFlight: number
  readonly buffered: number
  /** Records that wait in `<topic>.parked`; they are no part of the lag. */
  readonly parked: number
  /** Keys whose first record waits for its next attempt. */
  readonly waiting: number
  readonly paused: boolean
  /** When the oldest unfinished record that is known was written, wall time in milliseconds; parked ones do not count. */
  readonly oldestAtMs: number | undefined
}

/** The figures of an input's lanes. */
export const laneStatus = (
  lanes: ReadonlyArray<LanePlan>,
  {
    parking,
    partitions,
    scheduler
  }: {
    readonly parking: Parking | undefined
    readonly partitions: InputPartitions
    readonly scheduler: KeyScheduler<RecordJob>
  }
): ReadonlyArray<LaneStatus> => {
  const oldest = lanes.map(() => Number.POSITIVE_INFINITY)
  const see = (job: RecordJob | undefined) => {
    if (job === undefined || job.parked?.written === true) return
    oldest[job.lane] = Math.min(oldest[job.lane]!, job.fetched.record.timestampMs)
  }
  const waiting = scheduler.survey(see)
  for (const partition of partitions.all) see(partition.waiting.held.peek())
  return lanes.map(({ name, topic }, lane) => ({
    topic,
    lane: name,
    lag: partitions.lag(lane),
    inFlight: scheduler.runningOf(lane),
    buffered: scheduler.queued(lane),
    parked: parking?.sizeOf(lane) ?? 0,
    waiting: waiting[lane]!,
    paused: partitions.isPaused(lane),
    oldestAtMs: Number.isFinite(oldest[lane]!) ? oldest[lane] : undefined
  }))
}
