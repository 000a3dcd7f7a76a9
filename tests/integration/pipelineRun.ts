import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type RunOptions, type StackAddresses, silentListener, startRun } from "@millrace/local"
import { parseScenario } from "@millrace/simulators"
import type { RunScenario } from "@millrace/testkit"
import { Effect, Schedule } from "effect"

/** Prices of a feed as candles of one minute whose four ticks all have the price. */
export const candlesOf = (prices: ReadonlyArray<number>): string =>
  [
    "timestamp_ms,open,high,low,close,volume",
    ...prices.map((price, i) => [1_700_000_000_000 + i * 60_000, price, price, price, price, 1].join(","))
  ].join("\n")

/** One long position of an account at 10x, closed at half of its margin lost: below 57,142 when opened at 60,000. */
export const oneGuardedPosition: RunScenario = {
  accounts: [{ id: "ada", name: "Ada", balance: 5_000_000 }],
  positions: [{ id: "ada-long", account: "ada", side: "buy", quantity: 1_000, leverage: 10 }],
  rules: [{ id: "ada-guard", account: "ada", kind: "margin_guard", threshold: 0.5, action: "close_position" }]
}

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace pipeline "))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/**
 * Starts the pipeline as processes, as `npm start` does, up to the point where the feed may start; what it needs of the
 * simulator's control port and of the services' process ids is in the result.
 */
export const startPipeline = Effect.fnUntraced(function* (given: {
  readonly stack: StackAddresses
  readonly scenario: RunScenario
  readonly candles: string
  readonly speed: number | "max"
}) {
  const dataFolder = yield* folder
  const feed = join(dataFolder, "candles.csv")
  writeFileSync(feed, given.candles)
  const scenario = yield* Effect.fromResult(parseScenario(JSON.stringify(given.scenario), "scenario"))
  const options: RunOptions = {
    scenario: undefined,
    feed,
    speed: given.speed,
    seed: 1,
    untilEnd: true,
    summary: undefined,
    fresh: false,
    single: false,
    plain: true,
    data: dataFolder
  }
  return yield* startRun({ options, scenario, stack: given.stack, dataFolder, listener: silentListener })
})

/** Repeats until it gives a value; for states of other processes. */
export const eventually = <A, E, R>(what: string, look: Effect.Effect<A | undefined, E, R>) =>
  look.pipe(
    Effect.repeat({ until: (found) => found !== undefined, schedule: Schedule.spaced("20 millis") }),
    Effect.timeoutOrElse({ duration: "90 seconds", orElse: () => Effect.die(new Error(`not within 90 s: ${what}`)) }),
    Effect.map((found) => found as A)
  )
