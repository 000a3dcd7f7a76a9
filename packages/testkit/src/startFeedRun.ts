import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { type RunOptions, type StackAddresses, silentListener, startRun } from "@millrace/local"
import { parseScenario } from "@millrace/simulators"
import { Duration, Effect } from "effect"
import type { RunScenario } from "./ScenarioRun.ts"

/** A run over candles that a test or benchmark makes itself. */
export interface FeedRun {
  readonly stack: StackAddresses
  /** Exists; takes the candles and the services' logs. */
  readonly dataFolder: string
  readonly scenario: RunScenario
  /** Text of the candle file. */
  readonly candles: string
  readonly speed: number | "max"
  /** Monitors and executors each; default 1. */
  readonly instances?: number
  /** A worker that is not live for so long is killed and started again; default: never, as tests freeze processes. */
  readonly notLiveAfter?: Duration.Duration
}

/**
 * Starts the pipeline as processes, as `npm start` does, up to the point where the feed may start; what it needs of the
 * simulator's control port and of the services' process ids is in the result.
 */
export const startFeedRun = Effect.fnUntraced(function* (given: FeedRun) {
  const { dataFolder, instances = 1, notLiveAfter = Duration.zero, speed, stack } = given
  const feed = join(dataFolder, "candles.csv")
  writeFileSync(feed, given.candles)
  const scenario = yield* Effect.fromResult(parseScenario(JSON.stringify(given.scenario), "scenario"))
  const options: RunOptions = {
    scenario: undefined,
    feed,
    speed,
    seed: 1,
    untilEnd: true,
    summary: undefined,
    fresh: false,
    single: false,
    instances,
    plain: true,
    data: dataFolder
  }
  return yield* startRun({ options, scenario, stack, dataFolder, notLiveAfter, listener: silentListener })
})
