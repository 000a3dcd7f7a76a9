import type { LiveEvent, Overview } from "@millrace/api"
import { Clock, Deferred, Effect, Option, Stream } from "effect"
import type { StreamEnd } from "./LiveStreams.ts"

/** What a stream of events needs. */
export interface LiveSource {
  readonly overview: (atMs: number) => Overview
  /** Completes when the stream is to end. */
  readonly end: Deferred.Deferred<StreamEnd>
  /** Whether its caller may still have it; asked with every heartbeat. */
  readonly allowed: Effect.Effect<boolean>
  readonly heartbeatMs: number
}

/** Nothing is told more often. */
const leastBetween = "1 second"

/**
 * The overview at the start and whenever it has changed, at most once a second, and a heartbeat in between; ends with
 * `Replaced` when another stream takes over, and without a word when the server stops or the caller may have it no longer.
 *
 * Each step is taken when the reader has room for it: a slow one misses steps and holds nothing back in memory.
 */
export const liveEvents = ({ allowed, end, heartbeatMs, overview }: LiveSource): Stream.Stream<LiveEvent> => {
  let told = ""
  let toldAtMs = 0
  let askedAtMs: number | undefined

  const step: Effect.Effect<ReadonlyArray<LiveEvent> | undefined> = Effect.gen(function* () {
    const atMs = yield* Clock.currentTimeMillis
    askedAtMs ??= atMs
    if (atMs - askedAtMs >= heartbeatMs) {
      if (!(yield* allowed)) return undefined
      askedAtMs = atMs
    }
    const now = overview(atMs)
    const text = JSON.stringify({ ...now, atMs: 0 })
    if (text === told) {
      if (atMs - toldAtMs < heartbeatMs) return []
      toldAtMs = atMs
      return [{ _tag: "Heartbeat", atMs }]
    }
    told = text
    toldAtMs = atMs
    return [{ _tag: "Overview", overview: now }]
  })

  return Stream.tick(leastBetween).pipe(
    Stream.mapEffect(() => step),
    Stream.takeWhile((events) => events !== undefined),
    Stream.flattenIterable,
    Stream.interruptWhen(Deferred.await(end)),
    Stream.concat(Stream.unwrap(lastWords(end)))
  )
}

/** What is told once the stream is to end; nothing where it ends by itself. */
const lastWords = (end: Deferred.Deferred<StreamEnd>): Effect.Effect<Stream.Stream<LiveEvent>> =>
  Effect.gen(function* () {
    const ended = yield* Deferred.poll(end)
    const replaced = Option.isSome(ended) && (yield* ended.value) === "replaced"
    return replaced ? Stream.succeed<LiveEvent>({ _tag: "Replaced" }) : Stream.empty
  })
