import { PgClient } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import {
  type BlockedReason,
  type Capped,
  type Intent,
  IntentLedger,
  type NewIntent,
  type OperatorVerdict,
  type SendPermit,
  StoreError
} from "./IntentLedger.ts"

/** The ledger in PostgreSQL: `send`, `resend` and `settle` are one statement each, so one round trip and one commit. */
export const layerPgIntentLedger = Layer.effect(
  IntentLedger,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const rowsAs = (operation: string, rows: Effect.Effect<ReadonlyArray<VerdictRow>, unknown>) =>
      Effect.flatMap(failAs(operation, rows), (found) => {
        const row = found[0]
        return row === undefined
          ? Effect.fail(new StoreError({ operation, cause: new Error("the function returned no verdict") }))
          : Effect.succeed(toPermit(row))
      })
    const intents = (operation: string, rows: Effect.Effect<ReadonlyArray<{ readonly intent: unknown }>, unknown>) =>
      Effect.map(failAs(operation, rows), (found) => found.map((row) => toIntent(row.intent as IntentRow)))

    return IntentLedger.of({
      send: (intent, signedAtMs, owner) =>
        rowsAs(
          `send intent ${intent.intentId}`,
          sql<VerdictRow>`select verdict, fence, detail, intent from intent_send(${intent.intentId}, ${intent.workspaceId},
            ${intent.accountId}, ${intent.ruleId}, ${intent.positionId}, ${intent.action}, ${intent.positionRevision},
            ${intent.repeatable}, ${sql.json(intent.request)}, ${signedAtMs}::float8, ${owner},
            ${intent.lock ?? null}::text, ${intent.exposure?.quantityUsd ?? 0}::bigint,
            ${intent.exposure?.marginSats ?? 0}::bigint,
            ${intent.exposure === undefined ? null : sql.json(intent.exposure.caps)}::jsonb)`
        ),
      exceeds: ({ accountId, exposure, intentId }, signedAtMs) =>
        exposure === undefined
          ? Effect.succeed(undefined)
          : Effect.map(
              failAs(
                `ask the caps for intent ${intentId}`,
                sql<{ readonly exceeded: unknown }>`select intent_exceeds(${intentId}, ${accountId},
                  ${exposure.quantityUsd}::bigint, ${exposure.marginSats}::bigint, ${sql.json(exposure.caps)},
                  ${signedAtMs}::float8) as exceeded`
              ),
              (rows) => cappedBy(rows[0]?.exceeded)
            ),
      resend: (intentId, fence, signedAtMs, owner) =>
        rowsAs(
          `resend intent ${intentId}`,
          sql<VerdictRow>`select verdict, fence, detail, intent
            from intent_resend(${intentId}, ${fence}, ${signedAtMs}::float8, ${owner})`
        ),
      refuse: (intent, owner, result) =>
        Effect.map(
          rowsAs(
            `refuse intent ${intent.intentId}`,
            sql<VerdictRow>`select verdict, fence, detail, intent from intent_refuse(${intent.intentId},
              ${intent.workspaceId}, ${intent.accountId}, ${intent.ruleId}, ${intent.positionId}, ${intent.action},
              ${intent.positionRevision}, ${intent.repeatable}, ${sql.json(intent.request)}, ${owner},
              ${intent.lock ?? null}::text, ${result.reason}, ${sql.json(result.outcome)})`
          ),
          (permit) => permit as Extract<SendPermit, { readonly intent: Intent }>
        ),
      settle: (intentId, fence, result) =>
        Effect.map(
          failAs(
            `settle intent ${intentId}`,
            sql`update intents set state = ${result.state}, reason = ${result.reason},
              effect_id = ${result.effectId ?? null}, outcome = ${sql.json(result.outcome)}, updated_at = now()
              where intent_id = ${intentId} and fence = ${fence} and state not in ('succeeded', 'refused')
              returning 1`
          ),
          (rows) => rows.length === 1
        ),
      find: (intentId) =>
        Effect.map(
          intents(
            `find intent ${intentId}`,
            sql`select to_jsonb(intents) as intent from intents where intent_id = ${intentId}`
          ),
          (found) => found[0]
        ),
      unfinished: (limit) =>
        intents(
          "list unfinished intents",
          sql`select to_jsonb(intents) as intent from intents where state in ('sent', 'unknown')
            order by operator_verdict is null, created_at, intent_id limit ${limit}`
        ),
      knownEffects: (accountId, intentId, effectIds) =>
        Effect.map(
          failAs(
            `find effects of account ${accountId}`,
            sql<{ readonly effect_id: string }>`select effect_id from intents where account_id = ${accountId}
              and state = 'succeeded' and intent_id <> ${intentId}
              and effect_id in (select jsonb_array_elements_text(${sql.json(effectIds)}))`
          ),
          (rows) => rows.map((row) => row.effect_id)
        ),
      lastUncertainClose: (accountId, lock) =>
        Effect.map(
          failAs(
            `find uncertain closes of account ${accountId}`,
            sql<{ readonly signed_at_ms: number | null }>`select max(signed_at_ms) as signed_at_ms from intents
              where account_id = ${accountId} and lock = ${lock} and action = 'close_position'
                and (sends > 1 or (sends = 1 and state = 'refused'))`
          ),
          (rows) => rows[0]?.signed_at_ms ?? undefined
        ),
      settleByOperator: (intentId, verdict, actor, { effectId, reason } = {}) =>
        Effect.map(
          failAs(
            `settle intent ${intentId} by hand`,
            sql<{ readonly state: Intent["state"] }>`
              with marked as (
                update intents set operator_verdict = ${verdict}, operator_actor = ${actor},
                  operator_effect_id = ${effectId ?? null}, operator_reason = ${reason ?? null},
                  operator_at_ms = extract(epoch from clock_timestamp()) * 1000
                where intent_id = ${intentId} and state = 'unknown' and operator_verdict is null
              )
              select state from intents where intent_id = ${intentId}`
          ),
          (rows) => {
            const state = rows[0]?.state
            if (state === undefined) return { _tag: "Missing" } as const
            return state === "unknown" ? ({ _tag: "Recorded" } as const) : ({ _tag: "NotUnknown", state } as const)
          }
        )
    })
  })
)

/**
 * Takes a send through each of the pool's connections and rolls it back, so that the first real one finds connections
 * open and statements prepared. Worth it where the first order after a start must be fast.
 */
export const warmIntentLedger = (
  connections: number
): Effect.Effect<void, StoreError, PgClient.PgClient | IntentLedger> =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const ledger = yield* IntentLedger
    const rehearse = (place: number) =>
      ledger.send(rehearsal(place), 0, "rehearsal").pipe(
        Effect.andThen(
          ledger.settle(rehearsal(place).intentId, 1, { state: "refused", reason: "rehearsal", outcome: null })
        ),
        Effect.andThen(Effect.sleep("20 millis")),
        Effect.andThen(Effect.fail(rolledBack)),
        sql.withTransaction,
        Effect.catchIf(
          (error) => error === rolledBack,
          () => Effect.void
        )
      )
    yield* Effect.forEach(Array.from({ length: connections }).keys(), rehearse, { concurrency: connections })
  }).pipe(Effect.mapError((cause) => new StoreError({ operation: "warm the intent ledger", cause })))

const rolledBack = "rolled back"

const rehearsal = (place: number): NewIntent => ({
  intentId: `rehearsal-${place}`,
  workspaceId: "rehearsal",
  accountId: "rehearsal",
  ruleId: "rehearsal",
  positionId: `rehearsal-${place}`,
  action: "rehearsal",
  positionRevision: 0,
  repeatable: false,
  request: {}
})

interface IntentRow {
  readonly intent_id: string
  readonly workspace_id: string
  readonly account_id: string
  readonly rule_id: string
  readonly position_id: string
  readonly lock: string | null
  readonly action: string
  readonly position_revision: number
  readonly repeatable: boolean
  readonly request: unknown
  readonly state: Intent["state"]
  readonly fence: number
  readonly owner: string
  readonly signed_at_ms: number | null
  readonly sends: number
  readonly reason: string | null
  readonly effect_id: string | null
  readonly outcome: unknown
  readonly operator_verdict: OperatorVerdict | null
  readonly operator_actor: string | null
  readonly operator_at_ms: number | null
  readonly operator_effect_id: string | null
  readonly operator_reason: string | null
}

interface VerdictRow {
  readonly verdict: SendPermit["_tag"]
  readonly fence: number
  readonly detail: BlockedReason | null
  readonly intent: unknown
}

const toPermit = (row: VerdictRow): SendPermit => {
  switch (row.verdict) {
    case "Granted":
      return { _tag: "Granted", fence: row.fence }
    case "Settled":
    case "Unsettled":
      return { _tag: row.verdict, intent: toIntent(row.intent as IntentRow) }
    case "Capped":
      return cappedBy(row.intent)!
    case "Blocked":
      return {
        _tag: "Blocked",
        reason: row.detail ?? "sent_intent",
        by: (row.intent as Pick<IntentRow, "intent_id">).intent_id
      }
  }
}

const cappedBy = (exceeded: unknown): Capped | undefined =>
  exceeded == null ? undefined : { _tag: "Capped", ...(exceeded as Omit<Capped, "_tag">) }

const toIntent = (row: IntentRow): Intent => ({
  intentId: row.intent_id,
  workspaceId: row.workspace_id,
  accountId: row.account_id,
  ruleId: row.rule_id,
  positionId: row.position_id,
  ...(row.lock === null ? {} : { lock: row.lock }),
  action: row.action,
  positionRevision: row.position_revision,
  repeatable: row.repeatable,
  request: row.request,
  state: row.state,
  fence: row.fence,
  owner: row.owner,
  signedAtMs: row.signed_at_ms ?? undefined,
  sends: row.sends,
  reason: row.reason ?? undefined,
  effectId: row.effect_id ?? undefined,
  outcome: row.outcome ?? undefined,
  operator:
    row.operator_verdict === null
      ? undefined
      : {
          verdict: row.operator_verdict,
          actor: row.operator_actor ?? "",
          atMs: row.operator_at_ms ?? 0,
          ...(row.operator_effect_id === null ? {} : { effectId: row.operator_effect_id }),
          ...(row.operator_reason === null ? {} : { reason: row.operator_reason })
        }
})

const failAs = <A, E, R>(operation: string, self: Effect.Effect<A, E, R>) =>
  Effect.mapError(self, (cause) => new StoreError({ operation, cause }))
