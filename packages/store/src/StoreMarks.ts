import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer, Schema } from "effect"
import { StoreError } from "./IntentLedger.ts"
import { type LostState, lostOf, type ToldState, tellAgain } from "./LostState.ts"
import { Outbox } from "./Outbox.ts"

/** Which database this is, and how often it was marked; told to Kafka with each heartbeat. */
export interface StoreMark {
  /** Grows by one with each call of `advance`. */
  readonly mark: number
  /** Identifier of the cluster, the same for all its databases; kept by a physical copy, not by a dump. */
  readonly storeId: string
  /** Wall time of the mark before this one; 0 when there was none. */
  readonly formerAtMs: number
}

/** What was found: PostgreSQL holds less than Kafka was told. */
export const Restore = Schema.Struct({
  reason: Schema.String,
  foundAtMs: Schema.Finite,
  /** What happened between these times may be missing in PostgreSQL: the last mark that it holds, and the last one told. */
  missingFromMs: Schema.Finite,
  missingToMs: Schema.Finite
})
export type Restore = typeof Restore.Type

/** Detects that PostgreSQL was restored to an earlier state, and keeps that until an operator has reconciled it. */
export class StoreMarks extends Context.Service<
  StoreMarks,
  {
    /** Marks the database once more, and keeps the restore that `judge` finds in the same commit; one that is open is widened. */
    readonly advance: (judge: (found: StoreMark) => Restore | undefined) => Effect.Effect<StoreMark, StoreError>
    /** The restore that nobody has accepted yet. */
    readonly restore: Effect.Effect<Restore | undefined, StoreError>
    /** Of what was told, what PostgreSQL does not hold any more. */
    readonly lost: (told: ReadonlyArray<ToldState>) => Effect.Effect<ReadonlyArray<LostState>, StoreError>
    /** The restore is reconciled: PostgreSQL's own state of these is told anew in the same commit, and holds. */
    readonly settle: (told: ReadonlyArray<ToldState>, actor: string) => Effect.Effect<void, StoreError>
  }
>()("@millrace/store/StoreMarks") {
  static readonly layerPg = Layer.effect(
    StoreMarks,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const outbox = yield* Outbox
      const failing = <A, E>(operation: string, self: Effect.Effect<A, E>) =>
        Effect.mapError(self, (cause) => (cause instanceof StoreError ? cause : new StoreError({ operation, cause })))

      const mark = Effect.gen(function* () {
        const rows = yield* sql<{ readonly mark: string; readonly formerAtMs: number; readonly storeId: string }>`
          with former as (select marked_at_ms from store_mark)
          update store_mark set mark = mark + 1, marked_at_ms = extract(epoch from clock_timestamp()) * 1000
          from former
          returning mark::text as mark, former.marked_at_ms as "formerAtMs",
            (select system_identifier::text from pg_control_system()) as "storeId"`
        const row = rows[0]
        if (row === undefined)
          return yield* new StoreError({ operation: "mark the database", cause: "the table store_mark is empty" })
        return { mark: Number(row.mark), formerAtMs: row.formerAtMs, storeId: row.storeId }
      })
      const open = Effect.gen(function* () {
        const rows = yield* sql<{ readonly restore: unknown }>`select restore from store_mark where restore is not null`
        return rows[0] === undefined ? undefined : yield* decodeRestore(rows[0].restore)
      })

      const advance = Effect.fnUntraced(function* (judge: (found: StoreMark) => Restore | undefined) {
        const found = yield* mark
        const restore = judge(found)
        if (restore === undefined) return found
        const former = yield* open
        yield* sql`update store_mark set restore = ${sql.json(former === undefined ? restore : widened(former, restore))}`
        return found
      })

      return StoreMarks.of({
        advance: (judge) => failing("mark the database", sql.withTransaction(advance(judge))),
        restore: failing("look for a restore", open),
        lost: (told) => failing("look for what was lost", lostOf(sql, told)),
        settle: (told, actor) =>
          failing(
            "settle a restore",
            tellAgain(sql, outbox, told, actor).pipe(
              Effect.andThen(sql`update store_mark set restore = null`),
              sql.withTransaction,
              Effect.asVoid
            )
          )
      })
    })
  )

  /** As if nothing was ever restored, until something is recorded. */
  static readonly layerMemory = Layer.sync(StoreMarks, () => {
    let mark = 0
    let open: Restore | undefined
    return StoreMarks.of({
      advance: (judge) =>
        Effect.sync(() => {
          const found = { mark: ++mark, storeId: "memory", formerAtMs: 0 }
          const restore = judge(found)
          if (restore !== undefined) open = open === undefined ? restore : widened(open, restore)
          return found
        }),
      restore: Effect.sync(() => open),
      lost: () => Effect.succeed([]),
      settle: () =>
        Effect.sync(() => {
          open = undefined
        })
    })
  })
}

const decodeRestore = Schema.decodeUnknownEffect(Restore)

/** The same restore is found with each mark until Kafka hears of one again: it is told as it was found first. */
const widened = (former: Restore, latter: Restore): Restore => ({
  ...former,
  missingFromMs: Math.min(former.missingFromMs, latter.missingFromMs),
  missingToMs: Math.max(former.missingToMs, latter.missingToMs)
})

/** Asks PostgreSQL for a sign of life. */
export const pingDatabase: Effect.Effect<void, StoreError, PgClient.PgClient> = Effect.flatMap(
  PgClient.PgClient,
  (sql) =>
    Effect.mapError(Effect.asVoid(sql`select 1`), (cause) => new StoreError({ operation: "ask PostgreSQL", cause }))
)
