/** Who made a change, for the audit log. */
export const outboxActor: ReadonlyArray<string> = [
  `alter table outbox add column actor text not null default 'unknown'`
]

/** Tables of accounts, rules, credentials, the outbox and leases. */
export const accountTables: ReadonlyArray<string> = [
  `create table accounts (
    account_id text primary key,
    workspace_id text not null,
    user_id text not null,
    network text not null,
    active boolean not null,
    version integer not null,
    state jsonb not null,
    updated_at timestamptz not null default now()
  )`,
  `create index accounts_workspace on accounts (workspace_id)`,
  `create index accounts_active on accounts (account_id) where active`,
  `create table rules (
    rule_id text primary key,
    account_id text not null references accounts (account_id),
    version integer not null,
    state jsonb not null,
    updated_at timestamptz not null default now()
  )`,
  `create index rules_account on rules (account_id)`,
  `create table credentials (
    account_id text primary key references accounts (account_id),
    key_id text not null,
    wrapped_key text not null,
    sealed text not null,
    updated_at timestamptz not null default now()
  )`,
  `create table outbox (
    seq bigint generated always as identity primary key,
    workspace_id text not null,
    account_id text not null,
    key text not null,
    value jsonb,
    created_at timestamptz not null default now(),
    published_at timestamptz
  )`,
  `create index outbox_waiting on outbox (seq) where published_at is null`,
  `create table leases (
    name text primary key,
    owner text not null,
    epoch integer not null,
    expires_at timestamptz not null
  )`
]
