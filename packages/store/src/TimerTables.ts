/**
 * Tables of timers and recurring schedules. Times are milliseconds since the epoch, compared with the server's clock.
 *
 * `json`, not `jsonb`: a payload is kept as it was sent, NUL characters in its texts included.
 */
export const timerTables: ReadonlyArray<string> = [
  `create table timers (
    owner text not null,
    timer_id text not null,
    revision integer not null,
    state text not null check (state in ('waiting', 'delivered', 'skipped', 'refused', 'cancelled')),
    due_at_ms double precision not null,
    target json,
    payload json,
    skip_when_later_ms double precision,
    schedule_id text,
    claimed_by text,
    claimed_until_ms double precision not null default 0,
    claims integer not null default 0,
    reason text,
    ended_at_ms double precision,
    primary key (owner, timer_id)
  )`,
  `create index timers_due on timers (due_at_ms) where state = 'waiting'`,
  `create index timers_ended on timers (ended_at_ms) where state in ('delivered', 'skipped', 'cancelled')`,
  `create index timers_refused on timers (due_at_ms) where state = 'refused'`,
  `create index timers_of_schedule on timers (schedule_id) where state = 'waiting' and schedule_id is not null`,
  `create table schedules (
    schedule_id text primary key,
    definition json not null,
    enabled boolean not null,
    next_at_ms double precision
  )`,
  `create index schedules_next on schedules (next_at_ms) where enabled`
]
