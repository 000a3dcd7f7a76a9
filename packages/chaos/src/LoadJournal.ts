import type { Wish } from "./Job.ts"

/** A line of the load's journal: a record that the broker acknowledged, or one whose sending failed (it may be there). */
export interface SentJob {
  readonly id: string
  readonly key: string
  readonly lane: string
  readonly n: number
  readonly wish: Wish | "undecodable"
  readonly sentAtMs: number
  readonly acknowledged: boolean
}
