/** Alerts to operators: what was found, what was told, silences and messages under way. */
export const alertTables: ReadonlyArray<string> = [
  `create table alert_rows (
    kind text not null check (kind in ('alert', 'group')),
    key text not null,
    state jsonb not null,
    primary key (kind, key)
  )`,
  `create table alert_epoch (
    only_row boolean primary key default true check (only_row),
    epoch bigint not null default 0
  )`,
  `insert into alert_epoch default values`,
  `create table alert_silences (
    silence_id text primary key,
    over_at_ms double precision not null,
    state jsonb not null
  )`,
  `create table alert_deliveries (
    seq bigint generated always as identity primary key,
    delivery_id text not null unique,
    channel text not null,
    notice jsonb not null,
    created_at timestamptz not null default clock_timestamp(),
    due_at timestamptz not null default clock_timestamp(),
    attempts integer not null default 0,
    detail text not null default '',
    ended text check (ended in ('delivered', 'refused', 'given_up')),
    ended_at timestamptz
  )`,
  `create index alert_deliveries_waiting on alert_deliveries (channel, seq) where ended is null`,
  `create index alert_deliveries_ended on alert_deliveries (channel, ended_at) where ended is not null`
]
