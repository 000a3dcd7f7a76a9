import { PgClient } from "@effect/sql-pg"
import { AlertGroup, AlertNotice, AlertSilence, alertGroupKey, alertKey, OperatorAlert } from "@millrace/contracts"
import { Effect, Layer, Schema } from "effect"
import { type AlertChanges, type AlertDelivery, AlertStore, type DeliveryEnd } from "./AlertStore.ts"
import { auditedSilence } from "./auditedSilence.ts"
import { StoreError } from "./IntentLedger.ts"
import { Outbox } from "./Outbox.ts"

/** Alerts in PostgreSQL; deliveries by the database's clock. */
export const layerPgAlertStore = Layer.effect(
  AlertStore,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const outbox = yield* Outbox

    const book = Effect.gen(function* () {
      const rows = yield* sql<AlertRow>`select kind, state from alert_rows order by key collate "C"`
      const states = (kind: AlertRow["kind"]) => rows.filter((row) => row.kind === kind).map(({ state }) => state)
      return { alerts: yield* decodeAlerts(states("alert")), groups: yield* decodeGroups(states("group")) }
    })

    /** Rows as text: a driver that sends them as JSON parameters would have to know the type of each. */
    const put = (kind: AlertRow["kind"], rows: ReadonlyArray<readonly [string, unknown]>) =>
      Effect.forEach(
        rows,
        ([key, state]) => sql`insert into alert_rows (kind, key, state) values (${kind}, ${key}, ${sql.json(state)})
          on conflict (kind, key) do update set state = excluded.state`,
        { discard: true }
      )
    const drop = (kind: AlertRow["kind"], keys: ReadonlyArray<string>) =>
      keys.length === 0
        ? Effect.void
        : Effect.asVoid(sql`delete from alert_rows where kind = ${kind} and key = any (${keys}::text[])`)

    const commit = Effect.fnUntraced(function* (epoch: number, changes: AlertChanges) {
      const held =
        yield* sql`update alert_epoch set epoch = ${epoch}::bigint where epoch <= ${epoch}::bigint returning 1`
      if (held.length === 0) return false
      yield* put(
        "alert",
        changes.alerts.map((alert) => [alertKey(alert), alert] as const)
      )
      yield* put(
        "group",
        changes.groups.map((group) => [alertGroupKey(group), group] as const)
      )
      yield* drop("alert", changes.alertsGone)
      yield* drop("group", changes.groupsGone)
      for (const notice of changes.notices)
        for (const channel of changes.channels)
          yield* sql`insert into alert_deliveries (delivery_id, channel, notice)
            values (${deliveryIdOf(notice, channel)}, ${channel}, ${sql.json(notice)}) on conflict (delivery_id) do nothing`
      return true
    })

    const unsilence = Effect.fnUntraced(function* (id: string, by: { readonly actor: string; readonly atMs: number }) {
      const rows = yield* sql<{ readonly state: unknown }>`select state from alert_silences
        where silence_id = ${id} and over_at_ms > ${by.atMs}::float8 for update`
      if (rows[0] === undefined) return undefined
      const former = yield* decodeSilence(rows[0].state)
      const ended: AlertSilence = { ...former, ended: { atMs: by.atMs, actor: by.actor } }
      yield* sql`update alert_silences set state = ${sql.json(ended)}, over_at_ms = ${by.atMs}::float8
        where silence_id = ${id}`
      yield* outbox.append([auditedSilence(ended)])
      return ended
    })

    const claim = Effect.fnUntraced(function* (channel: string, holdMs: number) {
      const rows = yield* sql<DeliveryRow>`update alert_deliveries
        set due_at = clock_timestamp() + ${holdMs}::float8 * interval '1 ms'
        where due_at <= clock_timestamp() and seq = (
          select seq from alert_deliveries where channel = ${channel} and ended is null order by seq limit 1 for update
        ) and ended is null
        returning delivery_id as "deliveryId", notice, attempts,
          (extract(epoch from clock_timestamp() - created_at) * 1000)::float8 as "ageMs"`
      const row = rows[0]
      if (row === undefined) return undefined
      return { ...row, channel, notice: yield* decodeNotice(row.notice) } satisfies AlertDelivery
    })

    return AlertStore.of({
      open: (epoch) =>
        Effect.andThen(sql`update alert_epoch set epoch = greatest(epoch, ${epoch}::bigint)`, book).pipe(
          sql.withTransaction,
          failAs("open the alerts")
        ),
      commit: (epoch, changes) => commit(epoch, changes).pipe(sql.withTransaction, failAs("keep the alerts")),
      book: failAs("read the alerts")(book),
      silences: (nowMs) =>
        sql<{ readonly state: unknown }>`select state from alert_silences where over_at_ms > ${nowMs}::float8
          order by (state ->> 'fromMs')::float8, silence_id`.pipe(
          Effect.flatMap((rows) => decodeSilences(rows.map(({ state }) => state))),
          failAs("read the silences")
        ),
      silence: (silence) =>
        sql`insert into alert_silences (silence_id, over_at_ms, state)
          values (${silence.silenceId}, ${silence.untilMs}::float8, ${sql.json(silence)})`.pipe(
          Effect.andThen(outbox.append([auditedSilence(silence)])),
          sql.withTransaction,
          failAs("keep a silence")
        ),
      unsilence: (id, by) => unsilence(id, by).pipe(sql.withTransaction, failAs(`end silence ${id}`)),
      claim: (channel, holdMs) => failAs("take a message")(claim(channel, holdMs)),
      postpone: ({ deliveryId }, waitMs, why, failed) =>
        sql`update alert_deliveries set due_at = clock_timestamp() + ${waitMs}::float8 * interval '1 ms',
          attempts = attempts + ${failed ? 1 : 0}::integer, detail = ${why}
          where delivery_id = ${deliveryId} and ended is null`.pipe(Effect.asVoid, failAs("postpone a message")),
      finish: ({ deliveryId }, end, detail) =>
        sql`update alert_deliveries set ended = ${end}, detail = ${detail}, ended_at = clock_timestamp()
          where delivery_id = ${deliveryId} and ended is null`.pipe(Effect.asVoid, failAs("end a message")),
      channels: failAs("read the channels")(channelStates(sql)),
      forget: (olderThanMs, nowMs) =>
        Effect.zipWith(
          sql`delete from alert_deliveries
            where coalesce(ended_at, created_at) < clock_timestamp() - ${olderThanMs}::float8 * interval '1 ms' returning 1`,
          sql`delete from alert_silences where over_at_ms < ${nowMs - olderThanMs}::float8 returning 1`,
          (deliveries, silences) => deliveries.length + silences.length
        ).pipe(failAs("forget old messages"))
    })
  })
)

/** The id of a notice's way to a channel. */
export const deliveryIdOf = ({ noticeId }: AlertNotice, channel: string): string => `${noticeId}@${channel}`

interface AlertRow {
  readonly kind: "alert" | "group"
  readonly state: unknown
}
interface DeliveryRow {
  readonly deliveryId: string
  readonly notice: unknown
  readonly attempts: number
  readonly ageMs: number
}
interface ChannelRow {
  readonly channel: string
  readonly waiting: number
  readonly oldestWaitingMs: number
  readonly waitingBecause: string
  readonly end: DeliveryEnd | null
  readonly detail: string | null
  readonly atMs: number | null
}

const channelStates = (sql: PgClient.PgClient) =>
  Effect.map(
    sql<ChannelRow>`select channel, count(*) filter (where ended is null)::integer as waiting,
        coalesce(max(extract(epoch from clock_timestamp() - created_at) * 1000) filter (where ended is null), 0)::float8
          as "oldestWaitingMs",
        coalesce((array_agg(detail order by seq) filter (where ended is null))[1], '') as "waitingBecause",
        (array_agg(ended order by ended_at desc) filter (where ended is not null))[1] as end,
        (array_agg(detail order by ended_at desc) filter (where ended is not null))[1] as detail,
        (extract(epoch from max(ended_at)) * 1000)::float8 as "atMs"
      from alert_deliveries group by channel order by channel collate "C"`,
    (rows) =>
      rows.map(({ atMs, channel, detail, end, oldestWaitingMs, waiting, waitingBecause }) => ({
        channel,
        waiting,
        oldestWaitingMs,
        waitingBecause: waitingBecause === "" ? undefined : waitingBecause,
        last: end === null || atMs === null ? undefined : { end, detail: detail ?? "", atMs }
      }))
  )

const decodeAlerts = Schema.decodeUnknownEffect(Schema.Array(OperatorAlert))
const decodeGroups = Schema.decodeUnknownEffect(Schema.Array(AlertGroup))
const decodeSilence = Schema.decodeUnknownEffect(AlertSilence)
const decodeSilences = Schema.decodeUnknownEffect(Schema.Array(AlertSilence))
const decodeNotice = Schema.decodeUnknownEffect(AlertNotice)

const failAs =
  (operation: string) =>
  <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.mapError(self, (cause) => (cause instanceof StoreError ? cause : new StoreError({ operation, cause })))
