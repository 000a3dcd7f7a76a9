import { TooMany } from "@millrace/api"
import { Context, Deferred, Effect, Layer, type Scope } from "effect"
import { ApiSettings } from "./ApiServerConfig.ts"

/** Why a stream ends from our side. */
export type StreamEnd = "replaced" | "closing"

const retryAfterSeconds = 10

/** The streams of events that are open: one of each owner, and so many in all. */
export class LiveStreams extends Context.Service<
  LiveStreams,
  {
    /** Fails with `TooMany` where a stream of this owner would be one too many. */
    readonly room: (owner: string) => Effect.Effect<void, TooMany>
    /**
     * Opens a stream until the scope closes; an open one of the same owner ends. Returns what completes when this one is to
     * end: another of its owner was opened, or the server stops.
     */
    readonly open: (owner: string) => Effect.Effect<Deferred.Deferred<StreamEnd>, never, Scope.Scope>
    /** Streams that are open. */
    readonly count: () => number
  }
>()("@millrace/api-server/LiveStreams") {
  static readonly layer = Layer.effect(
    LiveStreams,
    Effect.gen(function* () {
      const { maxEventStreams } = yield* ApiSettings
      const streams = new Map<string, Deferred.Deferred<StreamEnd>>()
      // The server waits for its connections: they must end before it does.
      yield* Effect.addFinalizer(() =>
        Effect.forEach(streams.values(), (end) => Deferred.succeed(end, "closing"), { discard: true })
      )
      const room = (owner: string) =>
        Effect.suspend(() => (streams.size < maxEventStreams || streams.has(owner) ? Effect.void : full))
      const open = Effect.fnUntraced(function* (owner: string) {
        const end = yield* Deferred.make<StreamEnd>()
        const former = streams.get(owner)
        yield* Effect.acquireRelease(
          Effect.sync(() => streams.set(owner, end)),
          () =>
            Effect.sync(() => {
              if (streams.get(owner) === end) streams.delete(owner)
            })
        )
        if (former !== undefined) yield* Deferred.succeed(former, "replaced")
        return end
      })
      return LiveStreams.of({ room, open, count: () => streams.size })
    })
  )
}

const full = new TooMany({
  where: "GET /api/events",
  found: "as many streams as the server keeps open",
  expected: "fewer than CONTROL_API_MAX_EVENT_STREAMS",
  whatToDo: `Try again in ${retryAfterSeconds} seconds, or ask GET /api/overview now and then.`,
  retryAfterSeconds
})
