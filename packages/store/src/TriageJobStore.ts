import { Context, type Effect } from "effect"
import type { StoreError } from "./IntentLedger.ts"
import type { AuditDetails } from "./Outbox.ts"

/** Work on dead letters that somebody asked for: it is done by one process and can be looked at from all. */
export interface NewTriageJob {
  readonly jobId: string
  readonly workspaceId: string
  readonly actor: string
  /** Logical topic. */
  readonly topic: string
  readonly kind: "replay" | "edit" | "purge"
  /** Which letters, in plain fields. */
  readonly selection: AuditDetails
  /** What was there before, for the audit log. */
  readonly before: AuditDetails
}

/** `stopped`: somebody asked for it, or its process stopped in order; what was done by then is done. */
export type TriageEnd = "done" | "failed" | "stopped"

export interface TriageJob extends NewTriageJob {
  /** `interrupted`: its process has told nothing for `silentAfterMs`: what it did is done and marked, the same call goes on. */
  readonly state: "running" | "interrupted" | TriageEnd
  /** Letters so far. */
  readonly done: number
  readonly report: AuditDetails | undefined
  /** Why it failed or stopped. */
  readonly reason: string | undefined
  readonly startedAtMs: number
  readonly endedAtMs: number | undefined
}

/** A running job whose process told nothing for so long is interrupted. */
export const silentAfterMs = 30_000

/** How a job ended. */
export interface TriageOutcome {
  readonly state: TriageEnd
  readonly done: number
  readonly report?: AuditDetails
  readonly reason?: string
}

/**
 * Jobs on dead letters. Beginning and ending one goes to `audit-log` in the same transaction, with what was there before
 * and what is there afterwards. All fail with `StoreError`.
 */
export class TriageJobStore extends Context.Service<
  TriageJobStore,
  {
    /** `false`: another job of the topic is running; nothing was stored. */
    readonly begin: (job: NewTriageJob, nowMs: number) => Effect.Effect<boolean, StoreError>
    /** Tells that the job goes on and how far it is. `false`: it was asked to stop. */
    readonly progress: (jobId: string, done: number, nowMs: number) => Effect.Effect<boolean, StoreError>
    /** Ends a running job; another end of it later changes nothing. */
    readonly end: (jobId: string, outcome: TriageOutcome, nowMs: number) => Effect.Effect<void, StoreError>
    /** Asks a running job of the workspace to stop. `false`: there is none. */
    readonly stop: (workspaceId: string, jobId: string, actor: string) => Effect.Effect<boolean, StoreError>
    readonly job: (
      workspaceId: string,
      jobId: string,
      nowMs: number
    ) => Effect.Effect<TriageJob | undefined, StoreError>
    /** Jobs of the workspace, the latest first. */
    readonly list: (
      workspaceId: string,
      limit: number,
      nowMs: number
    ) => Effect.Effect<ReadonlyArray<TriageJob>, StoreError>
    /** Forgets jobs that began before this time; returns how many. */
    readonly prune: (beforeMs: number) => Effect.Effect<number, StoreError>
  }
>()("@millrace/store/TriageJobStore") {}

/** What is stored of a job: whether it was asked to stop, and when it was heard of last. */
export interface StoredTriageJob extends Omit<TriageJob, "state"> {
  readonly state: "running" | TriageEnd
  readonly heardAtMs: number
}

/** A job as it shows at a time. */
export const triageJobAt = ({ heardAtMs, state, ...job }: StoredTriageJob, nowMs: number): TriageJob => ({
  ...job,
  state: state === "running" && nowMs - heardAtMs > silentAfterMs ? "interrupted" : state
})

/** Names of the audit log for the begin, the end and the request to stop. */
export const triageAction = (kind: NewTriageJob["kind"], event: "begun" | TriageEnd | "stop_asked"): string =>
  `dead_letters_${kind}_${event}`
