// How long is the way from a tick sent by the exchange to the order received by it, with 1,000 guarded accounts?
//
// Runs the whole product as processes, as `npm start` does: 1,000 accounts with one guarded long position each, ticks at
// 50 a second. `steady`: the price falls so that about one pair fires a tick (at most 5); `burst`: one tick fires all.
// Samples: `--runs N` (default 5) of each, after a warm-up run on the same servers; `--only steady|burst`. The last line is one JSON object. Counts come from the simulator.

import { rmSync } from "node:fs"
import { startStack, toEnvironment } from "@millrace/local"
import { type FinishedRun, type RunScenario, runScenario } from "@millrace/testkit"
import { Effect, Exit, Scope } from "effect"
import { makeDataFolder } from "./stage/dataFolder.ts"
import { type Figure, figureOf } from "./stage/figures.ts"
import { readOptions } from "./stage/options.ts"
import { finish, progress } from "./stage/report.ts"

const options = readOptions(5, ["accounts", "ticks"])
const accounts = options.number("accounts", 1_000)
const ticks = options.number("ticks", 1_600)
const entryUsd = 60_000
const leverage = 10
const ticksPerSecond = 50
const marketSecondsPerTick = 15

/** Price at which a long position of `leverage` has lost this share of its margin. */
const priceAtLoss = (loss: number): number => Math.round((entryUsd / (1 + loss / leverage)) * 100) / 100

const scenarioOf = (thresholdOf: (index: number) => number): RunScenario => {
  const ids = Array.from({ length: accounts }, (_, index) => `a${String(index).padStart(4, "0")}`)
  return {
    accounts: ids.map((id) => ({ id, name: id, balance: 10_000_000 })),
    positions: ids.map((id) => ({ id: `p-${id}`, account: id, side: "buy" as const, quantity: 1_000, leverage })),
    rules: ids.map((id, index) => ({
      id: `r-${id}`,
      account: id,
      kind: "margin_guard" as const,
      threshold: thresholdOf(index),
      action: "close_position" as const
    }))
  }
}

/** Candles whose four ticks have the loss of the tick's number; the file's high lies a cent above its open. */
const candlesOf = (lossOf: (tick: number) => number): string => {
  const lines = ["timestamp_ms,open,high,low,close,volume"]
  for (let tick = 0; tick < ticks; tick += 4) {
    const open = priceAtLoss(lossOf(tick))
    const low = priceAtLoss(lossOf(tick + 2))
    const close = Math.min(open - 0.01, priceAtLoss(lossOf(tick + 3)))
    const timeMs = 1_700_000_000_000 + tick * marketSecondsPerTick * 1000
    lines.push([timeMs, open, open + 0.01, Math.min(low, close), close, 1].join(","))
  }
  return `${lines.join("\n")}\n`
}

const warmUp = Math.floor(ticks / 8)

const steady = {
  scenario: scenarioOf((index) => 0.05 + (0.9 * (index + 0.5)) / accounts),
  candles: candlesOf((tick) => (tick < warmUp ? 0.001 : 0.05 + (0.92 * (tick - warmUp)) / (ticks - warmUp)))
}

const burst = {
  scenario: scenarioOf(() => 0.5),
  candles: candlesOf((tick) => (tick < ticks / 2 ? 0.001 : 0.6))
}

const report = (name: string, run: FinishedRun): void => {
  const { summary } = run
  const completed = summary.commands.filter((command) => command.status === "completed").length
  progress(
    options,
    `${name}: ${summary.ticksSent} ticks, ${summary.commands.length} commands, ${completed} completed, ` +
      `${summary.duplicates} duplicates, ${summary.losses} losses, ms ${JSON.stringify(summary.latencyMs)}`
  )
}

/** All runs share one stack: a broker that has just started is slower than one that runs. */
const scope = await Effect.runPromise(Scope.make())
const folder = makeDataFolder()
const stack = await Effect.runPromise(startStack({ dataFolder: folder }).pipe(Scope.provide(scope)))
const env = toEnvironment(stack)

type Summary = FinishedRun["summary"]

/** Throws when a run lost a command or doubled an effect. */
const expectWhole = (name: string, { duplicates, losses, ticksEvaluated, ticksSent }: Summary): void => {
  if (duplicates === 0 && losses === 0 && ticksEvaluated === ticksSent) return
  throw new Error(
    `${name}: ${ticksEvaluated} of ${ticksSent} ticks evaluated, ${duplicates} duplicates, ${losses} losses`
  )
}

const measure = async (name: string, given: { readonly scenario: RunScenario; readonly candles: string }) => {
  if (options.only.length > 0 && !options.only.includes(name)) return []
  const runs: Array<Summary> = []
  for (let run = 0; run < options.runs; run += 1) {
    const finished = await runScenario({ ...given, speed: ticksPerSecond * marketSecondsPerTick, env })
    report(`${name} ${run + 1}`, finished)
    expectWhole(name, finished.summary)
    runs.push(finished.summary)
  }
  return runs
}

/** The whole way and each hop of it, in milliseconds. */
const figuresOf = (name: string, runs: ReadonlyArray<Summary>): ReadonlyArray<Figure> => {
  const [first] = runs
  if (first === undefined) return []
  const ways: ReadonlyArray<readonly [string, (run: Summary) => Summary["latencyMs"] | undefined]> = [
    ["tick sent to order received", (run) => run.latencyMs],
    ...Object.keys(first.hopsMs).map((hop) => [hop, (run: Summary) => run.hopsMs[hop]] as const)
  ]
  return ways.flatMap(([way, of]) =>
    (["p50", "p95", "p99"] as const).map((share) =>
      figureOf(
        `${name}: ${way}, ${share}`,
        "ms",
        runs.map((run) => of(run)?.[share] ?? Number.NaN),
        { better: "lower" }
      )
    )
  )
}

const figures: Array<Figure> = []
try {
  report("warm-up", await runScenario({ ...burst, speed: ticksPerSecond * marketSecondsPerTick, env }))
  figures.push(...figuresOf("steady", await measure("steady", steady)))
  figures.push(...figuresOf("burst", await measure("burst", burst)))
} finally {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(folder, { recursive: true, force: true })
}
finish(
  {
    benchmark: "tickToOrder",
    question: "Milliseconds from a tick sent by the exchange to the order received by it",
    settings: { accounts, ticks, ticksPerSecond },
    figures,
    targets: []
  },
  options
)
