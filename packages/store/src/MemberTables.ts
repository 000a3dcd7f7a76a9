/** Workspaces, users with their memberships, tokens, sessions, one-time links and attempts to sign in. */
export const memberTables: ReadonlyArray<string> = [
  `create table workspaces (
    workspace_id text primary key,
    name text not null,
    created_at timestamptz not null default now()
  )`,
  `insert into workspaces (workspace_id, name) values ('system', 'Whole installation')`,
  `insert into workspaces (workspace_id, name) select distinct workspace_id, workspace_id from accounts
    on conflict do nothing`,
  `create table users (
    user_id text primary key,
    email text not null,
    name text not null,
    password text,
    created_at timestamptz not null default now()
  )`,
  `create unique index users_email on users (lower(email))`,
  `create table memberships (
    workspace_id text not null references workspaces (workspace_id),
    user_id text not null references users (user_id) on delete cascade,
    rights jsonb not null,
    primary key (workspace_id, user_id)
  )`,
  `create index memberships_user on memberships (user_id)`,
  `create table api_tokens (
    token_id text primary key,
    token_hash text not null unique,
    workspace_id text not null references workspaces (workspace_id),
    user_id text not null references users (user_id) on delete cascade,
    name text not null,
    rights jsonb not null,
    created_at_ms double precision not null,
    expires_at_ms double precision,
    last_used_at_ms double precision
  )`,
  `create index api_tokens_workspace on api_tokens (workspace_id, user_id)`,
  `create table sessions (
    session_hash text primary key,
    user_id text not null references users (user_id) on delete cascade,
    workspace_id text not null references workspaces (workspace_id),
    expires_at_ms double precision not null
  )`,
  `create index sessions_user on sessions (user_id)`,
  `create table one_time_links (
    link_hash text primary key,
    kind text not null,
    user_id text references users (user_id) on delete cascade,
    expires_at_ms double precision not null
  )`,
  `create table sign_in_attempts (
    key text primary key,
    attempts integer not null,
    ends_at_ms double precision not null
  )`,
  `alter table outbox add column former jsonb`
]
