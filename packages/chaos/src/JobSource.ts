import { outgoing } from "@millrace/runtime"
import { type Job, jobs, type Wish } from "./Job.ts"
import type { SentJob } from "./LoadJournal.ts"
import { SeededRandom } from "./SeededRandom.ts"

export const lanes = ["critical", "normal", "low"] as const
const keys = 48

/** Of a hundred jobs, so many: the others want an effect. */
const rates = { shaky: 2, refusal: 2, failure: 1, undecodable: 1 } as const

/** A job to send. */
export type NewJob = Omit<SentJob, "acknowledged">

/** Makes the jobs of a run, in an order that follows from the seed; `n` rises within a key and lane. */
export class JobSource {
  private readonly random: SeededRandom
  private readonly counts = new Map<string, number>()
  private total = 0

  constructor(seed: number) {
    this.random = new SeededRandom(seed)
  }

  next(nowMs: number, asked?: NewJob["wish"]): NewJob {
    const key = `key-${this.random.between(0, keys)}`
    const lane = lanes[[0, 1, 1, 1, 2][this.random.between(0, 5)]!]!
    const wish = asked ?? this.wish()
    const place = `${key}/${lane}`
    const n = (this.counts.get(place) ?? 0) + 1
    this.counts.set(place, n)
    this.total += 1
    return { id: `job-${this.total}`, key, lane, n, wish, sentAtMs: nowMs }
  }

  private wish(): NewJob["wish"] {
    let drawn = this.random.between(0, 100)
    for (const [name, rate] of Object.entries(rates)) {
      if (drawn < rate) return name as NewJob["wish"]
      drawn -= rate
    }
    return "effect"
  }
}

/** The record of a job that can be decoded. */
export const recordOf = (job: NewJob & { readonly wish: Wish }) => {
  const value: Job = { id: job.id, n: job.n, wish: job.wish, sentAtMs: job.sentAtMs }
  return outgoing(jobs, { key: job.key, value, workspaceId: "ws-chaos", lane: job.lane })
}
