/** The kinds of market that a feed can run, as the control port and scenarios name them. */
import { Clock, Effect, FileSystem, Schema } from "effect"
import { CandleFileError, candleSource } from "./CandleFile.ts"
import { RandomWalk, randomWalk } from "./RandomWalk.ts"
import { FlatFeed, flatFeed, GapFeed, gapFeed, StepsFeed, stepsFeed } from "./ScriptedFeeds.ts"
import { SyntheticCrash, syntheticCrash } from "./SyntheticCrash.ts"
import type { TickSource } from "./TickSource.ts"

export const FeedSource = Schema.Union([
  SyntheticCrash,
  RandomWalk,
  FlatFeed,
  GapFeed,
  StepsFeed,
  /** A CSV file of one-minute candles on the simulator's machine. */
  Schema.Struct({ kind: Schema.Literal("candles"), file: Schema.NonEmptyString })
])
export type FeedSource = typeof FeedSource.Type

/** The ticks of a source. Fails with CandleFileError where a file can't be read or is wrong. */
export const loadFeed = Effect.fnUntraced(function* (source: FeedSource) {
  const nowMs = yield* Clock.currentTimeMillis
  return yield* source.kind === "candles" ? readCandles(source.file) : Effect.succeed(generatedFeed(source, nowMs))
})

/** A source that needs no file. */
export type GeneratedFeed = Exclude<FeedSource, { readonly kind: "candles" }>

/** The ticks of a generated source; `nowMs` is where its market time begins unless it says so itself. */
export const generatedFeed = (source: GeneratedFeed, nowMs: number): TickSource => {
  switch (source.kind) {
    case "synthetic":
      return syntheticCrash(source, nowMs)
    case "random_walk":
      return randomWalk(source, nowMs)
    case "flat":
      return flatFeed(source, nowMs)
    case "gap":
      return gapFeed(source, nowMs)
    case "steps":
      return stepsFeed(source, nowMs)
  }
}

const readCandles = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(file).pipe(
    Effect.mapError(
      (cause) =>
        new CandleFileError({
          message: `${file}: can't be read (${cause.reason._tag}), expected a file of one-minute candles`
        })
    )
  )
  return yield* Effect.fromResult(candleSource(text, file))
})
