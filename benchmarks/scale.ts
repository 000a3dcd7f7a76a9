// Do 100,000 guarded positions in 1,000 accounts keep up with 10 ticks a second while one of two instances is killed?
//
// The whole product as processes, with `--instances 2`: two margin monitors and two executors share the accounts. Of the
// positions a few hundred cross during the feed. A third of the way in a monitor is killed (kill -9), at two thirds an
// executor; the supervisor brings each back. `--accounts N --positions M` (of each account) `--ticks T`; `--only calm` kills nothing.
// Counts come from the simulator, which evaluates every guard itself. The last line is one JSON object.

import { rmSync } from "node:fs"
import { awaitEnd, type StartedRun, startStack, summaryOf } from "@millrace/local"
import { startFeedRun } from "@millrace/testkit"
import { Effect, Schedule } from "effect"
import { makeDataFolder } from "./stage/dataFolder.ts"
import { figureOf } from "./stage/figures.ts"
import { readOptions } from "./stage/options.ts"
import { finish, progress } from "./stage/report.ts"

const options = readOptions(1, ["accounts", "positions", "ticks"])
const accounts = options.number("accounts", 1_000)
const positions = options.number("positions", 100)
const ticks = options.number("ticks", 900)
const kills = !options.only.includes("calm")
const ticksPerSecond = 10
const marketSecondsPerTick = 15
const entryUsd = 60_000

/** One position in 256 crosses on the way down, evenly spread over it; the others lie far below. */
const crossing = (index: number): boolean => index % 256 === 0
const all = accounts * positions

const scenario = {
  accounts: Array.from({ length: accounts }, (_, a) => ({ id: `a${a}`, name: `a${a}`, balance: 100_000_000 })),
  positions: Array.from({ length: all }, (_, p) => ({
    id: `p${p}`,
    account: `a${p % accounts}`,
    side: "buy" as const,
    quantity: 100,
    // A guard watches every position of its account: what does not cross is held at low leverage.
    leverage: crossing(Math.floor(p / accounts) + (p % accounts)) ? 5 + (p % 17) : 1.5
  })),
  rules: Array.from({ length: accounts }, (_, a) => ({
    id: `r${a}`,
    account: `a${a}`,
    kind: "margin_guard" as const,
    threshold: 0.5,
    action: "close_position" as const
  }))
}

/** From the entry price down by 12 % over the feed; four ticks each minute. */
const candles = (): string => {
  const lines = ["timestamp_ms,open,high,low,close,volume"]
  const priceAt = (tick: number): number => Math.round(entryUsd * (1 - (0.12 * tick) / ticks) * 100) / 100
  for (let tick = 0; tick < ticks; tick += 4) {
    const [open, low, close] = [priceAt(tick), priceAt(tick + 3), priceAt(tick + 4)]
    lines.push(
      [1_700_000_000_000 + tick * marketSecondsPerTick * 1000, open, open + 0.01, Math.min(low, close), close, 1].join(
        ","
      )
    )
  }
  return `${lines.join("\n")}\n`
}

type FeedProgress = Effect.Success<StartedRun["control"]["feed"]>

/** How far the slowest monitor is behind the feed, in ticks; partitions on their way to another count as not evaluated. */
const ticksBehind = ({ marketTimeMs, monitors }: FeedProgress): number => {
  const partitions = Math.max(1, ...monitors.map((one) => one.partitionCount))
  if (monitors.some((one) => one.partitions.length > 0 && one.evaluatedToMs === 0)) return Number.NaN
  const held = monitors.reduce((sum, one) => sum + one.partitions.length, 0)
  const slowest = Math.min(...monitors.filter((one) => one.partitions.length > 0).map((one) => one.evaluatedToMs))
  return held < partitions ? Number.NaN : Math.max(0, (marketTimeMs - slowest) / (marketSecondsPerTick * 1000))
}

const killing = (run: StartedRun, name: string) =>
  Effect.sync(() => {
    const service = run.services.find((one) => one.name === name)
    if (service === undefined) throw new Error(`there is no service ${name}`)
    process.kill(service.pid(), "SIGKILL")
    progress(options, `killed ${name}`)
  })

const folder = makeDataFolder()

const measured = Effect.gen(function* () {
  const stack = yield* startStack({ dataFolder: folder })
  const startedMs = performance.now()
  const run = yield* startFeedRun({
    stack,
    dataFolder: folder,
    scenario,
    candles: candles(),
    speed: ticksPerSecond * marketSecondsPerTick,
    instances: 2
  })
  const startSeconds = (performance.now() - startedMs) / 1000
  progress(options, `${all} positions watched after ${startSeconds.toFixed(1)} s`)
  yield* run.control.startFeed
  const behind: Array<number> = []
  let next = 0
  const plan = kills
    ? [
        { atTick: ticks / 3, name: "margin-monitor-2" },
        { atTick: (2 * ticks) / 3, name: "automation-executor-2" }
      ]
    : []
  yield* run.control.feed.pipe(
    Effect.tap((fed) => {
      behind.push(ticksBehind(fed))
      const due = plan[next]
      if (due === undefined || fed.ticksSent < due.atTick) return Effect.void
      next += 1
      return killing(run, due.name)
    }),
    Effect.repeat({ until: (fed) => fed.done, schedule: Schedule.spaced("200 millis") })
  )
  yield* awaitEnd(run)
  const pids = run.services.map(({ name, restarts }) => `${name} ${restarts()}`)
  progress(options, `restarts: ${pids.join(", ")}`)
  return { summary: yield* summaryOf(run), behind, startSeconds }
}).pipe(Effect.scoped)

const sorted = (values: ReadonlyArray<number>): ReadonlyArray<number> => values.toSorted((a, b) => a - b)
const share = (values: ReadonlyArray<number>, part: number): number =>
  sorted(values)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN

try {
  const { behind, startSeconds, summary } = await Effect.runPromise(measured)
  const known = behind.filter((value) => !Number.isNaN(value))
  const completed = summary.commands.filter(({ status }) => status === "completed").length
  const { duplicates, latencyMs, losses, ticksEvaluated, ticksSent } = summary
  progress(
    options,
    `${ticksSent} ticks sent, ${ticksEvaluated} evaluated by the busier monitor, ${summary.commands.length} commands, ` +
      `${completed} completed, ${duplicates} duplicates, ${losses} losses`
  )
  if (duplicates > 0 || losses > 0) throw new Error(`${duplicates} duplicates, ${losses} losses`)
  finish(
    {
      benchmark: "scale",
      question: "100,000 guarded positions in 1,000 accounts at 10 ticks a second, two of each, one of each killed",
      settings: { accounts, positions: all, ticks, ticksPerSecond, kills },
      figures: [
        figureOf("ready after", "s", [startSeconds], { better: "lower" }),
        figureOf("ticks behind, p50", "ticks", [share(known, 0.5)], { better: "lower" }),
        figureOf("ticks behind, p99", "ticks", [share(known, 0.99)], { better: "lower" }),
        figureOf("seconds with partitions between two monitors", "s", [(behind.length - known.length) * 0.2], {
          better: "lower"
        }),
        figureOf("tick sent to order received, p50", "ms", [latencyMs.p50 ?? Number.NaN], { better: "lower" }),
        figureOf("tick sent to order received, p99", "ms", [latencyMs.p99 ?? Number.NaN], { better: "lower" }),
        figureOf("commands completed", "commands", [completed], { better: "higher" }),
        figureOf("duplicates", "orders", [duplicates], { better: "lower" }),
        figureOf("losses", "crossings", [losses], { better: "lower" })
      ],
      targets: []
    },
    options
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
