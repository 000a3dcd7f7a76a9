import { PgClient } from "@effect/sql-pg"
import { AccountState, AutomationCommand, Control } from "@millrace/contracts"
import { Context, Effect, Layer, type Queue, Schema, Stream } from "effect"
import { StoreError } from "./IntentLedger.ts"

/** What the audit log says of a change besides its record, for example why it was made and what was before. */
const AuditFigures = Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite, Schema.Boolean]))
export type AuditDetails = typeof AuditFigures.Type

interface Stored {
  /** Grows with each append; per account, and for controls, also the order of the commits. */
  readonly seq: string
  readonly workspaceId: string
  /** Who made the change. */
  readonly actor: string
  /** When it was stored. */
  readonly atMs: number
  /** Key in the topic. */
  readonly key: string
  readonly details?: AuditDetails
  /** What was there before: an account, a rule, a control. Absent: nothing was. */
  readonly former?: object
}

/** An account, rule or position. `value` undefined: it is deleted. */
export interface AccountEntry extends Stored {
  readonly topic: "account-state"
  readonly accountId: string
  readonly value: AccountState | undefined
}

/** A control. `value` undefined: it no longer holds. */
export interface ControlEntry extends Stored {
  readonly topic: "controls"
  readonly value: Control | undefined
}

/** A command that an operator sends anew. */
export interface CommandEntry extends Stored {
  readonly topic: "automation-commands"
  readonly accountId: string
  readonly value: AutomationCommand
}

/** An administrative change that only the audit log tells of: of a user, a token, a workspace. */
export const AuditedChange = Schema.Struct({
  /** For example `member_added`. */
  action: Schema.String,
  before: Schema.optionalKey(AuditFigures),
  after: Schema.optionalKey(AuditFigures)
})
export type AuditedChange = typeof AuditedChange.Type

export interface AuditEntryOnly extends Stored {
  readonly topic: "audit-log"
  readonly value: AuditedChange
}

/** A change waiting to be published. */
export type OutboxEntry = AccountEntry | ControlEntry | CommandEntry | AuditEntryOnly

export type NewOutboxEntry =
  | Omit<AccountEntry, "seq" | "atMs">
  | Omit<AuditEntryOnly, "seq" | "atMs">
  | Omit<ControlEntry, "seq" | "atMs">
  | Omit<CommandEntry, "seq" | "atMs">

/** An outbox row does not match the schema of this version: written by a newer one, or changed by hand. */
export class OutboxRowInvalid extends Schema.TaggedError<OutboxRowInvalid>()("OutboxRowInvalid", {
  seq: Schema.String,
  topic: Schema.String,
  issue: Schema.String
}) {
  override get message() {
    return `Outbox row ${this.seq} is no record of ${this.topic}: ${this.issue}. Nothing behind it is published until it is corrected or deleted.`
  }
}

/** Changes of accounts, rules and controls, written with them in one transaction and published in order afterwards. */
export class Outbox extends Context.Service<
  Outbox,
  {
    /**
     * Adds changes to the transaction under way. The caller holds the row locks of the accounts concerned, so that `seq`
     * and commit have the same order per account.
     */
    readonly append: (entries: ReadonlyArray<NewOutboxEntry>) => Effect.Effect<void, StoreError>
    /**
     * Hands the oldest waiting entries to `publish` and marks them once it succeeds; returns how many. One relay at a
     * time: 0 also when another process is at it. A crash after `publish` repeats the same entries.
     */
    readonly relay: <E, R>(
      limit: number,
      publish: (entries: ReadonlyArray<OutboxEntry>) => Effect.Effect<void, E, R>
    ) => Effect.Effect<number, StoreError | OutboxRowInvalid | E, R>
    /** Entries not published yet. */
    readonly waiting: Effect.Effect<number, StoreError>
    /** Emits once when it listens, then after each commit that appended. Fails when the connection is lost. */
    readonly wakeUps: Stream.Stream<void, StoreError>
    /** Deletes entries that were published longer ago than this; returns how many. */
    readonly prune: (olderThanMs: number) => Effect.Effect<number, StoreError>
  }
>()("@millrace/store/Outbox") {
  static readonly layerPg = Layer.effect(
    Outbox,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient

      const append = Effect.fn("Outbox.append")(function* (entries: ReadonlyArray<NewOutboxEntry>) {
        if (entries.length === 0) return
        yield* sql`insert into outbox (topic, workspace_id, account_id, actor, key, value, details, former)
          select e.topic, e."workspaceId", e."accountId", e.actor, e.key, nullif(e.value, 'null'::jsonb), e.details, e.former
          from jsonb_array_elements(${sql.json(entries)}) with ordinality as entry (row, place),
            jsonb_to_record(entry.row) as e (topic text, "workspaceId" text, "accountId" text, actor text, key text, value jsonb,
              details jsonb, former jsonb)
          order by entry.place`
        yield* sql`select pg_notify(${channel}, '')`
      }, failAs("append to the outbox"))

      const relay = <E, R>(
        limit: number,
        publish: (entries: ReadonlyArray<OutboxEntry>) => Effect.Effect<void, E, R>
      ): Effect.Effect<number, StoreError | OutboxRowInvalid | E, R> =>
        Effect.gen(function* () {
          const locked = yield* sql<{ readonly held: boolean }>`
            select pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.outbox', 0)) as held`
          if (locked[0]?.held !== true) return 0
          const rows = yield* sql<OutboxRow>`select seq::text as seq, topic, workspace_id as "workspaceId",
            account_id as "accountId", actor,
            extract(epoch from created_at)::float8 * 1000 as "atMs", key, value, details, former
            from outbox where published_at is null order by outbox.seq limit ${limit}`
          if (rows.length === 0) return 0
          const entries = yield* Effect.forEach(rows, decodeRow)
          yield* publish(entries)
          yield* sql`update outbox set published_at = now()
            where seq = any (${rows.map((row) => row.seq)}::text[]::bigint[])`
          return rows.length
        }).pipe(
          sql.withTransaction,
          Effect.catchIf(isSqlError, (cause) => Effect.fail(new StoreError({ operation: "relay the outbox", cause })))
        ) as Effect.Effect<number, StoreError | OutboxRowInvalid | E, R>

      const waiting = sql<{ readonly entries: number }>`
        select count(*)::integer as entries from outbox where published_at is null`.pipe(
        Effect.map((rows) => rows[0]?.entries ?? 0),
        failAs("count the outbox")
      )
      const prune = Effect.fn("Outbox.prune")(function* (olderThanMs: number) {
        const rows = yield* sql`delete from outbox
          where published_at < now() - ${olderThanMs}::float8 * interval '1 ms' returning 1`
        return rows.length
      }, failAs("prune the outbox"))

      return Outbox.of({ append, relay, waiting, prune, wakeUps: wakeUps(sql) })
    })
  )
}

const channel = "millrace_outbox"

interface OutboxRow extends Omit<Stored, "details" | "former"> {
  readonly details: AuditDetails | null
  readonly former: object | null
  readonly topic: string
  readonly accountId: string | null
  readonly value: unknown
}

const decodeAccount = Schema.decodeUnknownEffect(AccountState)
const decodeChange = Schema.decodeUnknownEffect(AuditedChange)
const decodeCommand = Schema.decodeUnknownEffect(AutomationCommand)
const decodeControl = Schema.decodeUnknownEffect(Control)

const decodeRow = Effect.fnUntraced(function* (row: OutboxRow) {
  const { accountId, details, former, topic, value, ...rest } = row
  const stored = { ...rest, ...(details === null ? {} : { details }), ...(former === null ? {} : { former }) }
  const invalid = (issue: string) => new OutboxRowInvalid({ seq: row.seq, topic, issue })
  const decoded = <A>(decode: (value: unknown) => Effect.Effect<A, Schema.SchemaError>) =>
    value === null ? Effect.succeed(undefined) : Effect.mapError(decode(value), (error) => invalid(error.message))
  if (topic === "controls") return { ...stored, topic, value: yield* decoded(decodeControl) } satisfies ControlEntry
  if (topic === "automation-commands" && accountId !== null) {
    const command = yield* Effect.mapError(decodeCommand(value), (error) => invalid(error.message))
    return { ...stored, topic, accountId, value: command } satisfies CommandEntry
  }
  if (topic === "audit-log") {
    const change = yield* Effect.mapError(decodeChange(value), (error) => invalid(error.message))
    return { ...stored, topic, value: change } satisfies AuditEntryOnly
  }
  if (topic !== "account-state" || accountId === null) return yield* invalid("this version does not publish it")
  return { ...stored, topic, accountId, value: yield* decoded(decodeAccount) } satisfies AccountEntry
})

const wakeUps = (sql: PgClient.PgClient): Stream.Stream<void, StoreError> =>
  Stream.unwrap(
    Effect.map(sql.listen(channel), (notifications) =>
      Stream.concat(
        Stream.succeed(undefined),
        Stream.map(Stream.fromQueue(notifications as NotificationQueue), () => undefined)
      )
    )
  ).pipe(Stream.mapError((cause) => new StoreError({ operation: "listen to the outbox", cause })))

type NotificationQueue = Queue.Dequeue<unknown, unknown>

const isSqlError = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "SqlError"

const failAs =
  (operation: string) =>
  <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.mapError(self, (cause) => new StoreError({ operation, cause }))
