import type { ConsumerProgress } from "./KafkaClient.ts"

/** Counts how often the loops of a consumer have come round. */
export class LoopCounts {
  private heartbeats = 0
  private fetches = 0
  private lastHeartbeatMs: number | undefined
  private lastFetchMs: number | undefined
  private readonly nowMs: () => number

  constructor(nowMs: () => number) {
    this.nowMs = nowMs
  }

  /** A heartbeat or a join has ended. */
  beat(well: boolean): void {
    this.heartbeats += 1
    if (well) this.lastHeartbeatMs = this.nowMs()
  }

  /** A fetch, or the look for whom to ask, has ended. */
  fetched(well: boolean): void {
    this.fetches += 1
    if (well) this.lastFetchMs = this.nowMs()
  }

  progress(fetching: boolean): ConsumerProgress {
    const { fetches, heartbeats, lastFetchMs, lastHeartbeatMs } = this
    return { heartbeats, fetches, fetching, lastHeartbeatMs, lastFetchMs }
  }
}
