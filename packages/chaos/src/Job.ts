import type { TopicContract } from "@millrace/contracts"
import { Schema } from "effect"

/**
 * What a job's handler is to do.
 *
 * - `effect`: apply one effect outside; `shaky` the same, after two failed attempts;
 * - `refusal`: a rule refuses, and its result says so; `failure`: no attempt can help;
 * - `death`: the handler ends its process.
 */
export const Wish = Schema.Literals(["effect", "shaky", "refusal", "failure", "death"])
export type Wish = typeof Wish.Type

export const Job = Schema.Struct({
  id: Schema.String,
  /** Rises within a key and lane. */
  n: Schema.Int,
  wish: Wish,
  sentAtMs: Schema.Finite
})
export type Job = typeof Job.Type

export const JobResult = Schema.Struct({
  id: Schema.String,
  status: Schema.Literals(["applied", "refused"]),
  worker: Schema.String
})
export type JobResult = typeof JobResult.Type

const whole = (key: string): string => key

/** Key: any of the load's keys. */
export const jobs: TopicContract<Job> = { name: "chaos-jobs", value: Job, partitionKey: whole }
/** Key: that of the job. */
export const jobResults: TopicContract<JobResult> = { name: "chaos-results", value: JobResult, partitionKey: whole }

export const workerName = "chaos-worker"
/** Header of records that can't be decoded: their id, which the bytes do not tell. */
export const idHeader = "chaos-id"
