import type { ApiError } from "@millrace/api"
import type { StoreError } from "@millrace/store"
import { Context, type Effect } from "effect"

/** A job as an old client asks for it. */
export interface AskedJob {
  readonly type: string
  /** As it was sent; the domain's schema decides what is right. */
  readonly data: Readonly<Record<string, unknown>>
  /** Of the topic of the domain's queue. */
  readonly lane: string
  readonly workspaceId: string
  readonly actor: string
}

type Refusable<A> = Effect.Effect<A, Extract<ApiError, { readonly _tag: "Invalid" | "Conflict" }> | StoreError>

/** A part of the installation that takes jobs by their type. What it stores, it tells the audit log in the same transaction. */
export interface JobDomain {
  /** Queue of its jobs, by the old name. */
  readonly queue: string
  readonly types: ReadonlyArray<string>
  /** Queues a job; returns its id once it can't be lost. */
  readonly request: (job: AskedJob) => Refusable<{ readonly jobId: string }>
  /** Stores the recurring schedules that a workspace has by default; returns their ids. Once more changes nothing. */
  readonly setUpRecurring: (by: {
    readonly workspaceId: string
    readonly actor: string
  }) => Refusable<ReadonlyArray<string>>
}

/** The domains of this version. The worker of background-jobs is to come, so that there is none yet. */
export const JobDomains = Context.Reference<ReadonlyArray<JobDomain>>("@millrace/api-server/JobDomains", {
  defaultValue: () => []
})
