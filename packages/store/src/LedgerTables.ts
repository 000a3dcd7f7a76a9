/**
 * Tables and functions of the intent ledger.
 *
 * A send is one function call, so one round trip and one commit; the unique index admits one effect under way per
 * position whatever the number of executors.
 */
export const ledgerTables: ReadonlyArray<string> = [
  `create table intents (
    intent_id text primary key,
    workspace_id text not null,
    account_id text not null,
    rule_id text not null,
    position_id text not null,
    action text not null,
    position_revision integer not null,
    repeatable boolean not null,
    request jsonb not null,
    state text not null check (state in ('planned', 'sent', 'succeeded', 'refused', 'not_applied', 'unknown')),
    fence integer not null,
    signed_at_ms double precision,
    sends integer not null,
    reason text,
    effect_id text,
    outcome jsonb,
    owner text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  `create unique index intents_one_unfinished on intents (account_id, position_id) where state in ('sent', 'unknown')`,
  `create index intents_applied on intents (account_id, position_id, position_revision) where state = 'succeeded'`,
  `create function intent_verdict(p_intent intents) returns table (verdict text, fence integer, detail text, intent jsonb)
    language sql immutable as $$
      select case when p_intent.state in ('succeeded', 'refused') then 'Settled' else 'Unsettled' end,
        p_intent.fence, null::text, to_jsonb(p_intent)
    $$`,
  // Outline: insert as sent; where a row of this id or an unfinished one of the position is in the way, say which;
  // then look for a newer applied effect. Each statement sees what committed before it (read committed).
  `create function intent_send(
      p_intent_id text, p_workspace_id text, p_account_id text, p_rule_id text, p_position_id text, p_action text,
      p_position_revision integer, p_repeatable boolean, p_request jsonb, p_signed_at_ms double precision, p_owner text
    ) returns table (verdict text, fence integer, detail text, intent jsonb) language plpgsql as $$
    #variable_conflict use_column
    declare
      found_intent intents;
      other_id text;
      other_state text;
      new_fence integer;
    begin
      insert into intents (intent_id, workspace_id, account_id, rule_id, position_id, action, position_revision,
          repeatable, request, state, fence, signed_at_ms, sends, owner)
        values (p_intent_id, p_workspace_id, p_account_id, p_rule_id, p_position_id, p_action, p_position_revision,
          p_repeatable, p_request, 'sent', 1, p_signed_at_ms, 1, p_owner)
        on conflict do nothing returning intents.fence into new_fence;
      if new_fence is null then
        select * into found_intent from intents where intents.intent_id = p_intent_id for update;
        if found and found_intent.state not in ('planned', 'not_applied') then
          return query select * from intent_verdict(found_intent);
          return;
        end if;
        select intents.intent_id, intents.state into other_id, other_state from intents
          where account_id = p_account_id and position_id = p_position_id and state in ('sent', 'unknown')
            and intents.intent_id <> p_intent_id;
        if other_id is not null then
          return query select 'Blocked', 0, case other_state when 'sent' then 'sent_intent' else 'unknown_intent' end,
            jsonb_build_object('intent_id', other_id);
          return;
        end if;
        if found_intent.intent_id is null then
          return query select 'Blocked', 0, 'sent_intent', jsonb_build_object('intent_id', 'just settled');
          return;
        end if;
        update intents set state = 'sent', fence = intents.fence + 1, sends = sends + 1, signed_at_ms = p_signed_at_ms,
            owner = p_owner, request = p_request, updated_at = now()
          where intents.intent_id = p_intent_id returning intents.fence into new_fence;
      end if;
      select intents.intent_id into other_id from intents
        where account_id = p_account_id and position_id = p_position_id and state = 'succeeded'
          and position_revision >= p_position_revision
        order by position_revision desc limit 1;
      if other_id is not null then
        if new_fence = 1 then
          delete from intents where intents.intent_id = p_intent_id;
        else
          update intents set state = 'not_applied' where intents.intent_id = p_intent_id;
        end if;
        return query select 'Blocked', 0, 'revision_superseded', jsonb_build_object('intent_id', other_id);
        return;
      end if;
      return query select 'Granted', new_fence, null::text, null::jsonb;
    end $$`,
  `create function intent_resend(
      p_intent_id text, p_fence integer, p_signed_at_ms double precision, p_owner text
    ) returns table (verdict text, fence integer, detail text, intent jsonb) language plpgsql as $$
    #variable_conflict use_column
    declare
      found_intent intents;
    begin
      select * into found_intent from intents where intents.intent_id = p_intent_id for update;
      if not found then
        return query select 'Blocked', 0, 'unknown_id', jsonb_build_object('intent_id', p_intent_id);
        return;
      end if;
      if found_intent.fence <> p_fence or found_intent.state not in ('sent', 'unknown') then
        return query select * from intent_verdict(found_intent);
        return;
      end if;
      update intents set state = 'sent', fence = intents.fence + 1, sends = sends + 1, signed_at_ms = p_signed_at_ms,
        owner = p_owner, updated_at = now() where intents.intent_id = p_intent_id;
      return query select 'Granted', p_fence + 1, null::text, null::jsonb;
    end $$`
]
