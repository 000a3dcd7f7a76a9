/** Runs a source of ticks through the exchange: paced by the clock, or in lockstep with the margin monitors. */
import { Clock, Effect, FiberHandle, FileSystem, Schema, type Scope } from "effect"
import type { CandleFileError } from "./CandleFile.ts"
import { FeedSource, loadFeed } from "./FeedSource.ts"
import type { LocalExchange } from "./LocalExchange.ts"
import type { Lockstep } from "./Lockstep.ts"
import type { TickSource } from "./TickSource.ts"

export const FeedSettings = Schema.Struct({
  source: FeedSource,
  /** Market seconds per real second, or `max`: the next tick only when this one is confirmed. */
  speed: Schema.Union([Schema.Finite.check(Schema.isGreaterThan(0)), Schema.Literal("max")]),
  spreadUsd: Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)))
})
export type FeedSettings = typeof FeedSettings.Type

export class FeedError extends Schema.TaggedError<FeedError>()("FeedError", { message: Schema.String }) {
  readonly kind = "business"
}

export interface FeedStatus {
  readonly phase: "none" | "configured" | "prepared" | "running" | "stopped" | "done"
  readonly source: string
  readonly speed: number | "max" | undefined
  readonly ticksTotal: number
  readonly ticksSent: number
  readonly price: number | undefined
  readonly marketTimeMs: number
  readonly done: boolean
  readonly waitingFor: ReadonlyArray<string>
}

export interface Feed {
  /** Loads a source, empties the journal and sets prices to unrounded, funding to 0. Stops a running feed. */
  readonly configure: (settings: FeedSettings) => Effect.Effect<FeedStatus, FeedError | CandleFileError>
  /** Sets price and market time to the first tick's, without sending it. */
  readonly prepare: Effect.Effect<FeedStatus, FeedError>
  /** Sends the ticks from the first one on. */
  readonly start: Effect.Effect<FeedStatus, FeedError>
  readonly stop: Effect.Effect<FeedStatus>
  readonly status: () => FeedStatus
}

interface Progress {
  phase: FeedStatus["phase"]
  source: TickSource | undefined
  speed: FeedSettings["speed"] | undefined
  sent: number
}

export const makeFeed = (
  exchange: LocalExchange,
  lockstep: Lockstep
): Effect.Effect<Feed, never, FileSystem.FileSystem | Scope.Scope> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const fiber = yield* FiberHandle.make<void>()
    const progress: Progress = { phase: "none", source: undefined, speed: undefined, sent: 0 }
    const status = (): FeedStatus => statusOf(exchange, lockstep, progress)
    const loaded = Effect.suspend(() =>
      progress.source
        ? Effect.succeed(progress.source)
        : Effect.fail(new FeedError({ message: "No feed is configured; POST /feed first" }))
    )
    const stop = Effect.gen(function* () {
      yield* FiberHandle.clear(fiber)
      exchange.lockstep.waiting = false
      if (progress.phase === "running") progress.phase = "stopped"
      return status()
    })
    return {
      configure: Effect.fn("Feed.configure")(function* (settings: FeedSettings) {
        const source = yield* Effect.provideService(loadFeed(settings.source), FileSystem.FileSystem, fs)
        yield* stop
        exchange.journal.reset()
        exchange.setMarket({ priceStep: null, fundingRate: 0, spreadUsd: settings.spreadUsd ?? 0 })
        Object.assign(progress, { phase: "configured", source, speed: settings.speed, sent: 0 })
        return status()
      }),
      prepare: Effect.gen(function* () {
        const source = yield* loaded
        if (progress.phase === "running") return yield* new FeedError({ message: "The feed is running; stop it first" })
        exchange.prime(source.first)
        progress.phase = "prepared"
        return status()
      }),
      start: Effect.gen(function* () {
        const source = yield* loaded
        if (progress.phase === "running") return yield* new FeedError({ message: "The feed is running already" })
        Object.assign(progress, { phase: "running", sent: 0 })
        yield* FiberHandle.run(fiber, send(exchange, lockstep, progress, source))
        return status()
      }),
      stop,
      status
    }
  })

const send = Effect.fnUntraced(function* (
  exchange: LocalExchange,
  lockstep: Lockstep,
  progress: Progress,
  source: TickSource
) {
  const startedAtMs = yield* Clock.currentTimeMillis
  for (const tick of source.ticks()) {
    if (progress.speed !== "max") yield* pace(startedAtMs + (tick.timeMs - source.first.timeMs) / progress.speed!)
    exchange.lockstep.waiting = progress.speed === "max"
    progress.sent += 1
    exchange.tick(tick)
    if (progress.speed === "max") yield* lockstep.confirmed(tick.timeMs)
  }
  exchange.lockstep.waiting = false
  progress.phase = "done"
})

const pace = Effect.fnUntraced(function* (dueMs: number) {
  const delayMs = dueMs - (yield* Clock.currentTimeMillis)
  yield* delayMs > 0 ? Effect.sleep(delayMs) : Effect.yieldNow
})

const statusOf = (exchange: LocalExchange, lockstep: Lockstep, progress: Progress): FeedStatus => {
  const { price, timeMs } = exchange.state()
  return {
    phase: progress.phase,
    source: progress.source?.describe ?? "none",
    speed: progress.speed,
    ticksTotal: progress.source?.total ?? 0,
    ticksSent: progress.sent,
    price,
    marketTimeMs: timeMs,
    done: progress.phase === "done",
    waitingFor: exchange.lockstep.waiting ? lockstep.waitingFor(timeMs) : []
  }
}
