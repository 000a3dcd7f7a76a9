import { Clock, Duration, Effect } from "effect"
import type { StreamConnection } from "./StreamConnection.ts"

/** When something was last heard from the peer, in milliseconds of monotonic time. */
export interface Liveness {
  readonly heardAtMs: number
}

/** Asks for signs of life; cuts the connection and ends with the reason when there are none for too long. */
export type Heartbeat = (connection: StreamConnection, liveness: Liveness) => Effect.Effect<string>

const monotonicMs = Clock.clockWith((clock) => Effect.sync(() => Number(clock.monotonicTimeNanosUnsafe()) / 1e6))

/** A ping at each interval must be followed by something within `timeout`: how stream v1 is watched. */
export const answeredPings =
  (interval: Duration.Duration, timeout: Duration.Duration): Heartbeat =>
  (connection, liveness) =>
    Effect.gen(function* () {
      for (;;) {
        yield* Effect.sleep(interval)
        const pingedAtMs = yield* monotonicMs
        connection.ping()
        yield* Effect.sleep(timeout)
        if (liveness.heardAtMs >= pingedAtMs) continue
        connection.terminate()
        return `no pong within ${Duration.toMillis(timeout)} ms`
      }
    })

/** Pings at each interval; ends when nothing at all was heard for `silence`: how the old WebSocket is watched. */
export const boundedSilence =
  (interval: Duration.Duration, silence: Duration.Duration): Heartbeat =>
  (connection, liveness) =>
    Effect.gen(function* () {
      for (;;) {
        yield* Effect.sleep(interval)
        const silentMs = (yield* monotonicMs) - liveness.heardAtMs
        if (silentMs >= Duration.toMillis(silence)) {
          connection.terminate()
          return `nothing heard for ${Math.round(silentMs)} ms`
        }
        connection.ping()
      }
    })
