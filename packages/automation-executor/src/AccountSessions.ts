import { type AccountSession, Exchange } from "@millrace/exchange"
import { Credentials, type CredentialsFailure } from "@millrace/store"
import { Context, Effect, Layer, RcMap, Redacted, type Scope } from "effect"
import { ExecutorConfig } from "./ExecutorConfig.ts"

/** One session with the exchange per account: made on first use, closed when idle, made anew after a refusal. */
export class AccountSessions extends Context.Service<
  AccountSessions,
  {
    readonly use: <A, E, R>(
      accountId: string,
      body: (session: AccountSession) => Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | CredentialsFailure, Exclude<R, Scope.Scope>>
    /** The exchange refused the account's credentials: read them anew at the next use. */
    readonly forget: (accountId: string) => Effect.Effect<void>
  }
>()("@millrace/automation-executor/AccountSessions") {
  static readonly layer = Layer.effect(
    AccountSessions,
    Effect.gen(function* () {
      const exchange = yield* Exchange
      const credentials = yield* Credentials
      const { sessionIdle } = yield* ExecutorConfig
      const sessions = yield* RcMap.make({
        lookup: (accountId: string) =>
          Effect.flatMap(credentials.find(accountId), (found) =>
            exchange.account(accountId, Redacted.value(found), "commands")
          ),
        idleTimeToLive: sessionIdle
      })
      const get = (accountId: string) =>
        RcMap.get(sessions, accountId).pipe(Effect.tapError(() => RcMap.invalidate(sessions, accountId)))
      return AccountSessions.of({
        use: (accountId, body) => Effect.flatMap(get(accountId), body).pipe(Effect.scoped),
        forget: (accountId) => Effect.andThen(RcMap.invalidate(sessions, accountId), credentials.forget(accountId))
      })
    })
  )
}
