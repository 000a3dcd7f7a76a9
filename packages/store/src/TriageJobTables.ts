/** Jobs on dead letters, also those that ended. */
export const triageJobTables: ReadonlyArray<string> = [
  `create table triage_jobs (
    job_id text primary key,
    workspace_id text not null,
    actor text not null,
    topic text not null,
    kind text not null,
    selection jsonb not null,
    before jsonb not null,
    state text not null default 'running',
    done integer not null default 0,
    report jsonb,
    reason text,
    stop_asked boolean not null default false,
    started_at_ms double precision not null,
    heard_at_ms double precision not null,
    ended_at_ms double precision
  )`,
  `create index triage_jobs_workspace on triage_jobs (workspace_id, started_at_ms desc)`,
  `create index triage_jobs_running on triage_jobs (topic) where state = 'running'`
]
