import { TooMany, type Unavailable } from "@millrace/api"
import { deterministicId } from "@millrace/contracts"
import { SignInStore } from "@millrace/store"
import { Clock, Context, Duration, Effect, Layer } from "effect"
import { ApiSettings } from "./ApiServerConfig.ts"
import { orUnavailable } from "./answers.ts"
import { signInFailed } from "./failedSignIns.ts"

type Limited = Effect.Effect<void, TooMany | Unavailable>

/** How often somebody may try to sign in. Shared by all instances; survives a restart. */
export class Attempts extends Context.Service<
  Attempts,
  {
    /** Any attempt from this address. Fails with `TooMany`. */
    readonly fromAddress: (address: string) => Limited
    /** An attempt for this user: few from one address, more from all. Fails with `TooMany`. */
    readonly forUser: (email: string, address: string) => Limited
    /** He knew the password: his attempts from this address count no more. */
    readonly wentWell: (email: string, address: string) => Effect.Effect<void, Unavailable>
  }
>()("@millrace/api-server/Attempts") {
  static readonly layer = Layer.effect(
    Attempts,
    Effect.gen(function* () {
      const store = yield* SignInStore
      const { signInAttempts, signInWindow } = yield* ApiSettings
      const withinMs = Duration.toMillis(signInWindow)
      const limited = Effect.fnUntraced(function* (key: string, attempts: number) {
        const waitMs = yield* orUnavailable(store.attempt(key, { attempts, withinMs }, yield* Clock.currentTimeMillis))
        if (waitMs <= 0) return
        yield* signInFailed("too_many")
        return yield* tooMany(Math.ceil(waitMs / 1000))
      })
      // Nobody's e-mail address is kept for having been tried.
      const pair = (email: string, address: string) => deterministicId("pair", email.toLowerCase(), address)
      return Attempts.of({
        fromAddress: (address) => limited(deterministicId("address", address), signInAttempts * 10),
        forUser: (email, address) =>
          Effect.andThen(
            limited(pair(email, address), signInAttempts),
            limited(deterministicId("user", email.toLowerCase()), signInAttempts * 10)
          ),
        wentWell: (email, address) => orUnavailable(store.forgetAttempts(pair(email, address)))
      })
    })
  )
}

const tooMany = (retryAfterSeconds: number) =>
  new TooMany({
    where: "the sign-in",
    found: "too many attempts",
    expected: "fewer attempts",
    whatToDo: `Wait ${retryAfterSeconds} seconds.`,
    retryAfterSeconds
  })
