/** Pauses, and an outbox that tells of them as well as of accounts. */
export const controlTables: ReadonlyArray<string> = [
  `create table controls (
    key text primary key,
    state jsonb not null,
    updated_at timestamptz not null default now()
  )`,
  `alter table outbox add column topic text not null default 'account-state'`,
  `alter table outbox alter column account_id drop not null`
]

/** Kill switches, withdrawn commands, and what the audit log says of a change besides its record. */
export const tradingTables: ReadonlyArray<string> = [
  `create table trading_switches (
    key text primary key,
    state jsonb not null,
    updated_at timestamptz not null default now()
  )`,
  `create table command_cancels (
    command_id text primary key,
    state jsonb not null,
    created_at timestamptz not null default now()
  )`,
  `create index command_cancels_age on command_cancels (created_at)`,
  `alter table outbox add column details jsonb`
]

/**
 * One row: how far this database was told to Kafka, and whether it was found to be a restored one.
 *
 * A row and no sequence: a sequence runs ahead of its last value in the write-ahead log, so a database restored to some
 * seconds ago would not lie behind.
 */
export const storeMarkTables: ReadonlyArray<string> = [
  `create table store_mark (
    only_row boolean primary key default true check (only_row),
    mark bigint not null default 0,
    marked_at_ms double precision not null default 0,
    restore jsonb
  )`,
  `insert into store_mark default values`
]
