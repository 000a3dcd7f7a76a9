import { PgClient } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import type { Fragment } from "effect/sql/Statement"
import { auditedChange } from "./auditedChange.ts"
import { StoreError } from "./IntentLedger.ts"
import { type AuditDetails, Outbox } from "./Outbox.ts"
import {
  type NewTriageJob,
  type StoredTriageJob,
  silentAfterMs,
  TriageJobStore,
  type TriageOutcome,
  triageAction,
  triageJobAt
} from "./TriageJobStore.ts"

type JobRow = Omit<StoredTriageJob, "report" | "reason" | "endedAtMs"> & {
  readonly report: AuditDetails | null
  readonly reason: string | null
  readonly endedAtMs: number | null
}

const storedOf = ({ endedAtMs, reason, report, ...row }: JobRow): StoredTriageJob => ({
  ...row,
  report: report ?? undefined,
  reason: reason ?? undefined,
  endedAtMs: endedAtMs ?? undefined
})

/** Jobs on dead letters in PostgreSQL. */
export const layerPgTriageJobStore = Layer.effect(
  TriageJobStore,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const outbox = yield* Outbox
    const as = <A, E>(operation: string, self: Effect.Effect<A, E>) =>
      Effect.mapError(self, (cause) => (cause instanceof StoreError ? cause : new StoreError({ operation, cause })))
    const columns =
      sql.literal(`job_id as "jobId", workspace_id as "workspaceId", actor, topic, kind, selection, before,
      state, done, report, reason, started_at_ms as "startedAtMs", heard_at_ms as "heardAtMs", ended_at_ms as "endedAtMs"`)
    const select = (where: Fragment) => sql<JobRow>`select ${columns} from triage_jobs where ${where}`

    const begin = Effect.fnUntraced(function* (job: NewTriageJob, nowMs: number) {
      const { actor, before, jobId, kind, selection, topic, workspaceId } = job
      yield* sql`select pg_advisory_xact_lock(hashtextextended(current_schema() || '.triage_jobs', 0))`
      const running = yield* sql`select 1 from triage_jobs
        where topic = ${topic} and state = 'running' and heard_at_ms >= ${nowMs - silentAfterMs}`
      if (running.length > 0) return false
      yield* sql`insert into triage_jobs (job_id, workspace_id, actor, topic, kind, selection, before, started_at_ms, heard_at_ms)
        values (${jobId}, ${workspaceId}, ${actor}, ${topic}, ${kind}, ${sql.json(selection)}, ${sql.json(before)}, ${nowMs}, ${nowMs})`
      const where = { workspaceId, actor, key: `triage/${topic}/${jobId}` }
      const figures = { before: { ...selection, ...before, topic } }
      yield* outbox.append([auditedChange(where, triageAction(kind, "begun"), figures)])
      return true
    }, sql.withTransaction)

    const end = Effect.fnUntraced(function* (jobId: string, outcome: TriageOutcome, nowMs: number) {
      const { done, reason, report, state } = outcome
      const [row] =
        yield* sql<JobRow>`update triage_jobs set state = ${state}, done = ${done}, reason = ${reason ?? null},
          report = ${report === undefined ? null : sql.json(report)}, heard_at_ms = ${nowMs}, ended_at_ms = ${nowMs}
        where job_id = ${jobId} and state = 'running' returning ${columns}`
      if (row === undefined) return
      const where = { workspaceId: row.workspaceId, actor: row.actor, key: `triage/${row.topic}/${jobId}` }
      const before = { ...row.selection, ...row.before, topic: row.topic }
      const after = { ...report, letters: done, ...(reason === undefined ? {} : { reason }) }
      yield* outbox.append([auditedChange(where, triageAction(row.kind, state), { before, after })])
    }, sql.withTransaction)

    const stop = Effect.fnUntraced(function* (workspaceId: string, jobId: string, actor: string) {
      const [row] = yield* sql<JobRow>`update triage_jobs set stop_asked = true
        where job_id = ${jobId} and workspace_id = ${workspaceId} and state = 'running' returning ${columns}`
      if (row === undefined) return false
      const where = { workspaceId, actor, key: `triage/${row.topic}/${jobId}` }
      yield* outbox.append([auditedChange(where, triageAction(row.kind, "stop_asked"), {})])
      return true
    }, sql.withTransaction)

    return TriageJobStore.of({
      begin: (job, nowMs) => as("begin a job on dead letters", begin(job, nowMs)),
      progress: (jobId, done, nowMs) =>
        as(
          "tell of a job on dead letters",
          sql<{ readonly stopAsked: boolean }>`update triage_jobs set done = ${done}, heard_at_ms = ${nowMs}
            where job_id = ${jobId} and state = 'running' returning stop_asked as "stopAsked"`
        ).pipe(Effect.map(([row]) => row?.stopAsked !== true)),
      end: (jobId, outcome, nowMs) => as("end a job on dead letters", end(jobId, outcome, nowMs)),
      stop: (workspaceId, jobId, actor) => as("stop a job on dead letters", stop(workspaceId, jobId, actor)),
      job: (workspaceId, jobId, nowMs) =>
        as("read a job on dead letters", select(sql`job_id = ${jobId} and workspace_id = ${workspaceId}`)).pipe(
          Effect.map(([row]) => (row === undefined ? undefined : triageJobAt(storedOf(row), nowMs)))
        ),
      list: (workspaceId, limit, nowMs) =>
        as(
          "list jobs on dead letters",
          select(sql`workspace_id = ${workspaceId} order by started_at_ms desc, job_id limit ${limit}`)
        ).pipe(Effect.map((rows) => rows.map((row) => triageJobAt(storedOf(row), nowMs)))),
      prune: (beforeMs) =>
        as(
          "forget jobs on dead letters",
          sql`delete from triage_jobs where started_at_ms < ${beforeMs} returning 1`
        ).pipe(Effect.map((rows) => rows.length))
    })
  })
)
