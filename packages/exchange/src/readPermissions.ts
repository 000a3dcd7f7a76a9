import { Duration, Effect, type Semaphore } from "effect"
import { ExchangeError } from "./Exchange.ts"
import type { ExchangeSettings } from "./ExchangeConfig.ts"
import { makeStreamCalls } from "./StreamCalls.ts"
import { openStream, type StreamConnection } from "./StreamConnection.ts"
import { authenticate, type StreamAccount } from "./streamAuthentication.ts"

/**
 * What a key may do. REST does not tell, so a stream is opened, authenticated, and closed again.
 *
 * Fails with `ExchangeError` `unauthorized` for refused credentials, `unavailable` when the stream does not answer.
 */
export const readPermissions = (
  settings: ExchangeSettings,
  connecting: Semaphore.Semaphore,
  account: StreamAccount
): Effect.Effect<ReadonlyArray<string>, ExchangeError> =>
  Effect.gen(function* () {
    let connection: StreamConnection | undefined
    const calls = makeStreamCalls((text) => connection?.send(text), Duration.toMillis(settings.streamCallTimeout))
    connection = yield* openStream(settings.streamUrl.href, Duration.toMillis(settings.connectTimeout), {
      onMessage: (message) => void calls.accept(message),
      onPong: () => undefined,
      onClosed: calls.abandon
    })
    return yield* authenticate(calls, account)
  }).pipe(
    Effect.catchTag("StreamUnavailable", ({ detail }) =>
      Effect.fail(new ExchangeError({ operation: "permissions", reason: "unavailable", applied: "no", detail }))
    ),
    Effect.scoped,
    connecting.withPermits(1)
  )
