import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type FeedRun, type RunGuard, type RunScenario, startFeedRun } from "@millrace/testkit"
import { Effect, Schedule } from "effect"

/** Prices of a feed as candles of one minute whose four ticks all have the price. */
export const candlesOf = (prices: ReadonlyArray<number>): string =>
  [
    "timestamp_ms,open,high,low,close,volume",
    ...prices.map((price, i) => [1_700_000_000_000 + i * 60_000, price, price, price, price, 1].join(","))
  ].join("\n")

/** One long position of an account at 10x, closed at half of its margin lost: below 57,142 when opened at 60,000. */
export const oneGuardedPosition: RunScenario<RunGuard> = {
  accounts: [{ id: "ada", name: "Ada", balance: 5_000_000 }],
  positions: [{ id: "ada-long", account: "ada", side: "buy", quantity: 1_000, leverage: 10 }],
  rules: [{ id: "ada-guard", account: "ada", kind: "margin_guard", threshold: 0.5, action: "close_position" }]
}

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace pipeline "))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Starts a run in a folder of its own, which goes with the scope. */
export const startPipeline = (given: Omit<FeedRun, "dataFolder">) =>
  Effect.flatMap(folder, (dataFolder) => startFeedRun({ ...given, dataFolder }))

/** Repeats until it gives a value; for states of other processes. */
export const eventually = <A, E, R>(what: string, look: Effect.Effect<A | undefined, E, R>) =>
  look.pipe(
    Effect.repeat({ until: (found) => found !== undefined, schedule: Schedule.spaced("20 millis") }),
    Effect.timeoutOrElse({ duration: "90 seconds", orElse: () => Effect.die(new Error(`not within 90 s: ${what}`)) }),
    Effect.map((found) => found as A)
  )
