import { Context, Duration, Effect, Layer } from "effect"
import * as Clock from "effect/Clock"
import { SqlClient } from "effect/sql/SqlClient"
import { StoreError } from "./IntentLedger.ts"

/** Who leads, for a limited time; `epoch` grows with every take-over, so that what an older holder sends can be dropped. */
export interface Lease {
  readonly name: string
  readonly owner: string
  readonly epoch: number
}

/**
 * Gives a name to one owner at a time, in PostgreSQL by the database's clock.
 *
 * A holder that stalls past its time is not stopped: readers drop what carries an epoch older than the newest seen.
 */
export class Leases extends Context.Service<
  Leases,
  {
    /**
     * Takes the lease when it is free, expired, or held by the same owner name (a restarted instance): a new epoch
     * each time. `undefined`: another owner holds it.
     */
    readonly acquire: (name: string, owner: string, ttl: Duration.Input) => Effect.Effect<Lease | undefined, StoreError>
    /** Holds it for `ttl` from now. `false`: it was lost to a newer epoch, or expired and may be taken at any time. */
    readonly renew: (lease: Lease, ttl: Duration.Input) => Effect.Effect<boolean, StoreError>
    /** Frees it at once if it is still held under this epoch. */
    readonly release: (lease: Lease) => Effect.Effect<void, StoreError>
  }
>()("@millrace/store/Leases") {
  static readonly layerPg = Layer.effect(
    Leases,
    Effect.gen(function* () {
      const sql = yield* SqlClient
      return Leases.of({
        acquire: Effect.fn("Leases.acquire")(function* (name, owner, ttl) {
          const rows = yield* sql<{ readonly epoch: number }>`
            insert into leases (name, owner, epoch, expires_at)
            values (${name}, ${owner}, 1, clock_timestamp() + ${Duration.toMillis(ttl)}::float8 * interval '1 ms')
            on conflict (name) do update
              set owner = excluded.owner, epoch = leases.epoch + 1, expires_at = excluded.expires_at
              where leases.owner = excluded.owner or leases.expires_at <= clock_timestamp()
            returning epoch`.pipe(failAs(`acquire lease ${name}`))
          const row = rows[0]
          return row === undefined ? undefined : { name, owner, epoch: row.epoch }
        }),
        renew: Effect.fn("Leases.renew")(function* (lease, ttl) {
          const rows = yield* sql`
            update leases set expires_at = clock_timestamp() + ${Duration.toMillis(ttl)}::float8 * interval '1 ms'
            where name = ${lease.name} and epoch = ${lease.epoch} and expires_at > clock_timestamp()
            returning epoch`.pipe(failAs(`renew lease ${lease.name}`))
          return rows.length === 1
        }),
        release: Effect.fn("Leases.release")(function* (lease) {
          yield* sql`update leases set expires_at = clock_timestamp()
            where name = ${lease.name} and epoch = ${lease.epoch}`.pipe(failAs(`release lease ${lease.name}`))
        })
      })
    })
  )

  /** Leases of one process, by Effect's clock. */
  static readonly layerMemory = Layer.sync(Leases, () => {
    const held = new Map<string, { owner: string; epoch: number; expiresAtMs: number }>()
    return Leases.of({
      acquire: (name, owner, ttl) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const before = held.get(name)
          if (before !== undefined && before.owner !== owner && before.expiresAtMs > now) return undefined
          const epoch = (before?.epoch ?? 0) + 1
          held.set(name, { owner, epoch, expiresAtMs: now + Duration.toMillis(ttl) })
          return { name, owner, epoch }
        }),
      renew: (lease, ttl) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const row = held.get(lease.name)
          if (row === undefined || row.epoch !== lease.epoch || row.expiresAtMs <= now) return false
          row.expiresAtMs = now + Duration.toMillis(ttl)
          return true
        }),
      release: (lease) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const row = held.get(lease.name)
          if (row !== undefined && row.epoch === lease.epoch) row.expiresAtMs = now
        })
    })
  })
}

const failAs = (operation: string) => Effect.mapError((cause: unknown) => new StoreError({ operation, cause }))
