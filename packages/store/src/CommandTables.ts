/** Commands that wait, are not known, or were refused: what an operator sees and may act on. */
export const commandTables: ReadonlyArray<string> = [
  `create table commands (
    command_id text primary key,
    workspace_id text not null,
    account_id text not null,
    rule_id text not null,
    position_id text,
    action text not null,
    status text not null check (status in ('pending', 'unknown', 'refused', 'failed')),
    reason text not null,
    detail text not null,
    by_hand text not null,
    retry_at_ms double precision,
    command jsonb not null,
    since_ms double precision not null,
    updated_at_ms double precision not null
  )`,
  `create index commands_by_status on commands (status, since_ms)`,
  `create index commands_by_account on commands (account_id, since_ms)`
]
