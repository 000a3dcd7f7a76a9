import { Effect, Queue, Stream } from "effect"
import type { ExchangeError } from "./Exchange.ts"
import type { StreamConnection } from "./StreamConnection.ts"

/** Where a session puts its events. */
export interface EventSink<A> {
  /** Plain and immediate; nothing is dropped. */
  readonly offer: (event: A) => void
  /** The connection that is slowed down when the reader falls behind. */
  readonly attach: (connection: StreamConnection) => void
}

const pauseAbove = 10_000
const resumeBelow = 1_000

/**
 * A stream of a session's events. The session runs as long as the stream is read.
 *
 * A reader that falls behind pauses the socket, so memory stays bounded and nothing is lost.
 */
export const eventStream = <A, R>(
  run: (sink: EventSink<A>) => Effect.Effect<never, ExchangeError, R>
): Stream.Stream<A, ExchangeError, R> =>
  Stream.suspend(() => {
    let connection: StreamConnection | undefined
    let paused = false
    let waiting = 0
    const sinkOf = (queue: Queue.Queue<A, ExchangeError>): EventSink<A> => ({
      offer: (event) => {
        waiting += 1
        Queue.offerUnsafe(queue, event)
        if (waiting > pauseAbove && !paused) {
          paused = true
          connection?.pause()
        }
      },
      attach: (opened) => {
        connection = opened
        paused = false
      }
    })
    const taken = (events: ReadonlyArray<A>): void => {
      waiting -= events.length
      if (paused && waiting < resumeBelow) {
        paused = false
        connection?.resume()
      }
    }
    return Stream.callback<A, ExchangeError, R>((queue) =>
      Effect.forkScoped(
        Effect.catchCause(run(sinkOf(queue as Queue.Queue<A, ExchangeError>)), (cause) => Queue.failCause(queue, cause))
      )
    ).pipe(
      Stream.mapArray((events) => {
        taken(events)
        return events
      })
    )
  })
