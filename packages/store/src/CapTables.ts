/** Why an operator settled an order so. */
export const operatorReason: ReadonlyArray<string> = [`alter table intents add column operator_reason text`]

/** The effect at the exchange that an operator names with a verdict. */
export const operatorEffect: ReadonlyArray<string> = [`alter table intents add column operator_effect_id text`]

/**
 * Caps, locks and operators' verdicts of the intent ledger.
 *
 * The functions of before stay for executors of the version before; intents that they write open and add nothing here.
 */
export const capTables: ReadonlyArray<string> = [
  `alter table intents
    add column lock text,
    add column opens_quantity_usd bigint not null default 0,
    add column adds_margin_sats bigint not null default 0,
    add column operator_verdict text check (operator_verdict in ('applied', 'not_applied')),
    add column operator_actor text,
    add column operator_at_ms double precision`,
  `create unique index intents_one_unfinished_lock on intents (account_id, coalesce(lock, position_id))
    where state in ('sent', 'unknown')`,
  `drop index intents_one_unfinished`,
  `create index intents_capped on intents (account_id, signed_at_ms)
    where opens_quantity_usd > 0 or adds_margin_sats > 0`,
  // Outline: of one account one after the other, so that two at once can't both see room for one; other intents of the
  // account that count; the first cap that would be exceeded. Null: none.
  `create function intent_exceeds(
      p_intent_id text, p_account_id text, p_quantity_usd bigint, p_margin_sats bigint, p_caps jsonb,
      p_signed_at_ms double precision
    ) returns jsonb language plpgsql as $$
    declare
      used_quantity bigint;
      used_orders bigint;
      used_margin bigint;
      exceeded jsonb;
    begin
      perform pg_advisory_xact_lock(hashtextextended('millrace/caps/' || p_account_id, 0));
      if exists (select 1 from intents where intent_id = p_intent_id and state not in ('planned', 'not_applied')) then
        return null;
      end if;
      select coalesce(sum(opens_quantity_usd), 0), count(*) filter (where opens_quantity_usd > 0),
          coalesce(sum(adds_margin_sats), 0)
        into used_quantity, used_orders, used_margin from intents
        where account_id = p_account_id and (opens_quantity_usd > 0 or adds_margin_sats > 0)
          and state in ('sent', 'unknown', 'succeeded') and signed_at_ms > p_signed_at_ms - 3600000
          and intent_id <> p_intent_id;
      select jsonb_build_object('cap', cap, 'limit', most, 'used', used, 'asked', asked) into exceeded
        from (values
          (1, 'orderQuantityUsd', 0, p_quantity_usd),
          (2, 'hourQuantityUsd', used_quantity, p_quantity_usd),
          (3, 'hourOrders', used_orders, case when p_quantity_usd > 0 then 1 else 0 end),
          (4, 'addMarginSats', 0, p_margin_sats),
          (5, 'hourAddMarginSats', used_margin, p_margin_sats)
        ) as checks (place, cap, used, asked), lateral (select (p_caps ->> cap)::bigint as most) as limits
        where asked > 0 and used + asked > most order by place limit 1;
      return exceeded;
    end $$`,
  // Outline: caps; insert as sent; where a row of this id or an unfinished one of the lock is in the way, say which;
  // then look for a newer applied effect. Each statement sees what committed before it (read committed).
  `create function intent_send(
      p_intent_id text, p_workspace_id text, p_account_id text, p_rule_id text, p_position_id text, p_action text,
      p_position_revision integer, p_repeatable boolean, p_request jsonb, p_signed_at_ms double precision, p_owner text,
      p_lock text, p_quantity_usd bigint, p_margin_sats bigint, p_caps jsonb
    ) returns table (verdict text, fence integer, detail text, intent jsonb) language plpgsql as $$
    #variable_conflict use_column
    declare
      found_intent intents;
      other_id text;
      other_state text;
      new_fence integer;
      exceeded jsonb;
    begin
      if p_caps is not null then
        exceeded := intent_exceeds(p_intent_id, p_account_id, p_quantity_usd, p_margin_sats, p_caps, p_signed_at_ms);
        if exceeded is not null then
          return query select 'Capped', 0, null::text, exceeded;
          return;
        end if;
      end if;
      insert into intents (intent_id, workspace_id, account_id, rule_id, position_id, lock, action, position_revision,
          repeatable, request, state, fence, signed_at_ms, sends, owner, opens_quantity_usd, adds_margin_sats)
        values (p_intent_id, p_workspace_id, p_account_id, p_rule_id, p_position_id, p_lock, p_action,
          p_position_revision, p_repeatable, p_request, 'sent', 1, p_signed_at_ms, 1, p_owner, p_quantity_usd,
          p_margin_sats)
        on conflict do nothing returning intents.fence into new_fence;
      if new_fence is null then
        select * into found_intent from intents where intents.intent_id = p_intent_id for update;
        if found and found_intent.state not in ('planned', 'not_applied') then
          return query select * from intent_verdict(found_intent);
          return;
        end if;
        select intents.intent_id, intents.state into other_id, other_state from intents
          where account_id = p_account_id and coalesce(lock, position_id) = coalesce(p_lock, p_position_id)
            and state in ('sent', 'unknown') and intents.intent_id <> p_intent_id;
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
      if p_position_revision = 0 then
        return query select 'Granted', new_fence, null::text, null::jsonb;
        return;
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
  `create or replace function intent_resend(
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
      if found_intent.fence <> p_fence or found_intent.state not in ('sent', 'unknown')
          or found_intent.operator_verdict is not null then
        return query select * from intent_verdict(found_intent);
        return;
      end if;
      update intents set state = 'sent', fence = intents.fence + 1, sends = sends + 1, signed_at_ms = p_signed_at_ms,
        owner = p_owner, updated_at = now() where intents.intent_id = p_intent_id;
      return query select 'Granted', p_fence + 1, null::text, null::jsonb;
    end $$`
]

/** Closes of which a copy may be on its way, for those who open behind them. */
export const uncertainCloses: ReadonlyArray<string> = [
  `create index intents_locked_closes on intents (account_id, lock, signed_at_ms)
    where lock is not null and action = 'close_position' and sends > 0`
]

/** A refusal is an end in the ledger, too, so that nothing is sent after it was told. */
export const refusals: ReadonlyArray<string> = [
  `create function intent_refuse(
      p_intent_id text, p_workspace_id text, p_account_id text, p_rule_id text, p_position_id text, p_action text,
      p_position_revision integer, p_repeatable boolean, p_request jsonb, p_owner text, p_lock text, p_reason text,
      p_outcome jsonb
    ) returns table (verdict text, fence integer, detail text, intent jsonb) language plpgsql as $$
    #variable_conflict use_column
    declare
      found_intent intents;
    begin
      insert into intents (intent_id, workspace_id, account_id, rule_id, position_id, lock, action, position_revision,
          repeatable, request, state, fence, sends, owner, reason, outcome)
        values (p_intent_id, p_workspace_id, p_account_id, p_rule_id, p_position_id, p_lock, p_action,
          p_position_revision, p_repeatable, p_request, 'refused', 1, 0, p_owner, p_reason, p_outcome)
        on conflict (intent_id) do update set state = 'refused', reason = p_reason, outcome = p_outcome, owner = p_owner,
          effect_id = null, updated_at = now() where intents.state in ('planned', 'not_applied');
      select * into found_intent from intents where intents.intent_id = p_intent_id;
      return query select * from intent_verdict(found_intent);
    end $$`
]
