// How long is the way from a tick sent by the exchange to the order received by it, with 1,000 guarded accounts?
//
// Runs the whole product as processes, as `npm start` does: 1,000 accounts with one guarded long position each, ticks at
// 50 a second. `steady`: the price falls so that about one pair fires a tick (at most 5); `burst`: one tick fires all.
// Samples: `--runs N` (default 5) of each, after a warm-up run on the same servers; `--only steady|burst`. The last line is one JSON object. Counts come from the simulator.

import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { startStack, toEnvironment } from "@millrace/local"
import { type FinishedRun, type RunScenario, runScenario } from "@millrace/testkit"
import { Effect, Exit, Scope } from "effect"

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    accounts: { type: "string", default: "1000" },
    ticks: { type: "string", default: "1600" },
    json: { type: "boolean", default: false }
  }
})
const accounts = Number(values.accounts)
const ticks = Number(values.ticks)
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
  process.stderr.write(
    `${name}: ${summary.ticksSent} ticks, ${summary.commands.length} commands, ${completed} completed, ` +
      `${summary.duplicates} duplicates, ${summary.losses} losses, ms ${JSON.stringify(summary.latencyMs)}\n`
  )
}

/** All runs share one stack: a broker that has just started is slower than one that runs. */
const scope = await Effect.runPromise(Scope.make())
const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"))
// PostgreSQL runs as another user when we are root.
chmodSync(folder, 0o755)
const stack = await Effect.runPromise(startStack({ dataFolder: folder }).pipe(Scope.provide(scope)))
const env = toEnvironment(stack)

const measure = async (name: string, given: { readonly scenario: RunScenario; readonly candles: string }) => {
  if (values.only !== "" && values.only !== name) return []
  const runs: Array<FinishedRun["summary"]> = []
  for (let run = 0; run < Number(values.runs); run += 1) {
    const finished = await runScenario({ ...given, speed: ticksPerSecond * marketSecondsPerTick, env })
    report(`${name} ${run + 1}`, finished)
    runs.push(finished.summary)
  }
  return runs.map(({ commands, ...figures }) => ({
    ...figures,
    commands: commands.length,
    completed: commands.filter((command) => command.status === "completed").length
  }))
}

try {
  report("warm-up", await runScenario({ ...burst, speed: ticksPerSecond * marketSecondsPerTick, env }))
  const figures = { steady: await measure("steady", steady), burst: await measure("burst", burst) }
  process.stdout.write(`${JSON.stringify({ benchmark: "tickToOrder", accounts, ticksPerSecond, ...figures })}\n`)
} finally {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(folder, { recursive: true, force: true })
}
