import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer } from "effect"
import { StoreError } from "./IntentLedger.ts"

/** An account that a kill switch can name. */
export interface KnownAccount {
  readonly accountId: string
  readonly name: string
  readonly active: boolean
}

/** A rule that a kill switch can name. */
export interface KnownRule {
  readonly ruleId: string
  readonly accountId: string
  readonly kind: string
  readonly enabled: boolean
}

/** What kill switches can be set for; needs no master key. */
export class TradingScopes extends Context.Service<
  TradingScopes,
  {
    readonly accounts: Effect.Effect<ReadonlyArray<KnownAccount>, StoreError>
    readonly rules: Effect.Effect<ReadonlyArray<KnownRule>, StoreError>
  }
>()("@millrace/store/TradingScopes") {
  static readonly layerPg = Layer.effect(
    TradingScopes,
    Effect.map(PgClient.PgClient, (sql) => {
      const reading = <A, E>(operation: string, self: Effect.Effect<A, E>) =>
        Effect.mapError(self, (cause) => new StoreError({ operation, cause }))
      return TradingScopes.of({
        accounts: reading(
          "read accounts",
          sql<KnownAccount>`select account_id as "accountId", state ->> 'name' as name, active
            from accounts order by account_id`
        ),
        rules: reading(
          "read rules",
          sql<KnownRule>`select rule_id as "ruleId", account_id as "accountId",
            coalesce(state ->> 'kind', 'margin_guard') as kind, (state ->> 'enabled')::boolean as enabled
            from rules order by rule_id`
        )
      })
    })
  )

  static readonly layerMemory = (accounts: ReadonlyArray<KnownAccount>, rules: ReadonlyArray<KnownRule>) =>
    Layer.succeed(TradingScopes, { accounts: Effect.succeed(accounts), rules: Effect.succeed(rules) })
}
