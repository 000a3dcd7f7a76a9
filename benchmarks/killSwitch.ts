// How long after the kill switch is the last opening order received, while 20 entries a second open?
//
// The whole product as processes. The price falls through the triggers of entries, 20 a second, and of guards, a little more
// than one a second. Again and again everything is switched to REDUCE_ONLY by the function behind `millrace trading
// reduce-only`, watched for 3 s, and resumed for 8 s: each time is a sample (`--runs N`, default 5). `--accounts N` share the
// entries. Counts come from the simulator: in the end each entry must have opened once, and each guard closed once.

import { rmSync } from "node:fs"
import { awaitEnd, type RunSummary, type StartedRun, startStack, summaryOf } from "@millrace/local"
import { ControlStore, layerDatabase, layerPgControlStore, Outbox } from "@millrace/store"
import { type RunScenario, startFeedRun } from "@millrace/testkit"
import { Effect, Layer, Redacted, Schedule } from "effect"
import { makeDataFolder } from "./stage/dataFolder.ts"
import { atMost, figureOf } from "./stage/figures.ts"
import { readOptions } from "./stage/options.ts"
import { finish, progress } from "./stage/report.ts"

const options = readOptions(5, ["accounts"])
const entryAccounts = options.number("accounts", 40)
const ticksPerSecond = 20
const marketSecondsPerTick = 15
const entriesPerTick = 1
/** Before the first trigger; with the switch lifted; with it set; after the last trigger, for what waits to be tried again. */
const phaseTicks = { lead: 80, open: 160, shut: 60, tail: 600 }
const cycleTicks = phaseTicks.open + phaseTicks.shut
const triggerTicks = options.runs * cycleTicks
const ticks = phaseTicks.lead + triggerTicks + phaseTicks.tail
const entries = triggerTicks * entriesPerTick
const guards = Math.floor(triggerTicks / 16)

const startUsd = 60_000
const guardLeverage = 10
/** Loss of the guarded positions' margin at a tick: from nothing to 0.8 while triggers are passed. */
const lossAt = (tick: number): number =>
  (0.8 * Math.min(Math.max(0, tick - phaseTicks.lead), triggerTicks)) / triggerTicks
const priceAtLoss = (loss: number): number => Math.round((startUsd / (1 + loss / guardLeverage)) * 100) / 100
/** Loss at the trigger of one of several that are evenly spread. */
const spread = (index: number, count: number): number => 0.005 + (0.79 * index) / count

const scenario: RunScenario = {
  accounts: [
    ...Array.from({ length: entryAccounts }, (_, a) => ({ id: `e${a}`, name: `e${a}`, balance: 100_000_000 })),
    ...Array.from({ length: guards }, (_, g) => ({ id: `g${g}`, name: `g${g}`, balance: 10_000_000 }))
  ],
  positions: Array.from({ length: guards }, (_, g) => ({
    id: `p${g}`,
    account: `g${g}`,
    side: "buy" as const,
    quantity: 100,
    leverage: guardLeverage
  })),
  rules: [
    ...Array.from({ length: guards }, (_, g) => ({
      id: `guard${g}`,
      account: `g${g}`,
      kind: "margin_guard" as const,
      threshold: spread(g, guards),
      action: "close_position" as const
    })),
    ...Array.from({ length: entries }, (_, e) => ({
      id: `entry${e}`,
      account: `e${e % entryAccounts}`,
      kind: "auto_entry" as const,
      side: "buy" as const,
      quantity: 10,
      // Low, so that the fall does not liquidate what was opened.
      leverage: 2,
      trigger_price: priceAtLoss(spread(e, entries))
    }))
  ]
}

/** Candles whose four ticks have the loss of the tick's number; the file's high lies a cent above its open. */
const candles = (): string => {
  const lines = ["timestamp_ms,open,high,low,close,volume"]
  for (let tick = 0; tick < ticks; tick += 4) {
    const [open, low, close] = [tick, tick + 2, tick + 3].map((at) => priceAtLoss(lossAt(at)))
    const timeMs = 1_700_000_000_000 + tick * marketSecondsPerTick * 1000
    lines.push([timeMs, open, open! + 0.01, Math.min(low!, close!), close, 1].join(","))
  }
  return `${lines.join("\n")}\n`
}

/** Wall times of one switch: asked for, committed (seen as such here, so the commit is a little older), and lifted again. */
interface Cycle {
  readonly askedAtMs: number
  readonly committedAtMs: number
  readonly liftedAtMs: number
}

/** The simulator's clock, which its journal uses. */
const nowMs = Effect.sync(() => performance.timeOrigin + performance.now())

const awaitTick = (run: StartedRun, tick: number) =>
  run.control.feed.pipe(
    Effect.repeat({ until: ({ ticksSent }) => ticksSent >= tick, schedule: Schedule.spaced("50 millis") })
  )

const switchOnce = Effect.fnUntraced(function* (run: StartedRun, cycle: number) {
  const controls = yield* ControlStore
  const begin = phaseTicks.lead + cycle * cycleTicks + phaseTicks.open
  yield* awaitTick(run, begin)
  const by = { actor: "benchmark" }
  const askedAtMs = yield* nowMs
  yield* controls.switch({}, "REDUCE_ONLY", by)
  const committedAtMs = yield* nowMs
  yield* awaitTick(run, begin + phaseTicks.shut)
  const liftedAtMs = yield* nowMs
  yield* controls.lift({}, by)
  progress(options, `switched ${cycle + 1} of ${options.runs}`)
  return { askedAtMs, committedAtMs, liftedAtMs } satisfies Cycle
})

const folder = makeDataFolder()

const measured = Effect.gen(function* () {
  const stack = yield* startStack({ dataFolder: folder })
  const run = yield* startFeedRun({
    stack,
    dataFolder: folder,
    scenario,
    candles: candles(),
    speed: ticksPerSecond * marketSecondsPerTick
  })
  progress(options, `${entries} entries and ${guards} guarded positions watched`)
  const controls = layerPgControlStore.pipe(
    Layer.provide(Outbox.layerPg),
    Layer.provide(layerDatabase({ url: Redacted.make(stack.databaseUrl) }))
  )
  yield* run.control.startFeed
  const cycles = yield* Effect.forEach(Array.from({ length: options.runs }).keys(), (cycle) =>
    switchOnce(run, cycle)
  ).pipe(Effect.provide(controls))
  yield* awaitEnd(run)
  return { cycles, summary: yield* summaryOf(run), effects: (yield* run.control.report).effects }
}).pipe(Effect.scoped)

type Effects = Effect.Success<typeof measured>["effects"]

const between = (effects: Effects, fromMs: number, toMs: number): ReadonlyArray<number> =>
  effects.map(({ receivedAtMs }) => receivedAtMs).filter((at) => at > fromMs && at <= toMs)

/** Throws when something opened or closed twice or not at all, or the load was too small to tell anything. */
const expectWhole = (summary: RunSummary, opened: Effects, closed: Effects): void => {
  const completed = (action: string): ReadonlyArray<string> =>
    summary.commands.filter((one) => one.status === "completed" && one.action === action).map(({ rule }) => rule)
  const found = [
    opened.length,
    new Set(opened.map(({ id }) => id)).size,
    completed("open_position").length,
    new Set(completed("open_position")).size
  ]
  if (found.some((count) => count !== entries))
    throw new Error(`${entries} entries: opened, distinct, commands, distinct: ${found.join(", ")}`)
  const closings = [closed.length, new Set(closed.map(({ id }) => id)).size, completed("close_position").length]
  if (closings.some((count) => count !== guards) || summary.losses > 0)
    throw new Error(`${guards} guards: closed, distinct, commands: ${closings.join(", ")}; ${summary.losses} losses`)
}

try {
  const { cycles, effects, summary } = await Effect.runPromise(measured)
  const opened = effects.filter(({ action }) => action === "new_trade")
  const closed = effects.filter(({ action }) => action === "close_position")
  expectWhole(summary, opened, closed)
  const samples = cycles.map(({ askedAtMs, committedAtMs, liftedAtMs }) => {
    const late = between(opened, committedAtMs, liftedAtMs)
    return {
      commitMs: committedAtMs - askedAtMs,
      lastMs: Math.max(0, ...late.map((at) => at - committedAtMs)),
      lastOfAskedMs: Math.max(0, ...between(opened, askedAtMs, liftedAtMs).map((at) => at - askedAtMs)),
      late: late.length,
      before: between(opened, askedAtMs - 2_000, askedAtMs).length / 2,
      closings: between(closed, committedAtMs, liftedAtMs).length,
      againMs: Math.min(...between(opened, liftedAtMs, Number.POSITIVE_INFINITY)) - liftedAtMs
    }
  })
  for (const sample of samples) progress(options, JSON.stringify(sample))
  const idle = samples.find(({ before, closings }) => before < (entriesPerTick * ticksPerSecond) / 2 || closings === 0)
  if (idle !== undefined) throw new Error(`too little was going on around a switch: ${JSON.stringify(idle)}`)
  const last = samples.map(({ lastOfAskedMs }) => lastOfAskedMs)
  finish(
    {
      benchmark: "killSwitch",
      question: "Milliseconds from a kill switch to the last opening order that the exchange receives",
      settings: { entryAccounts, entries, guards, ticksPerSecond, entriesPerSecond: entriesPerTick * ticksPerSecond },
      figures: [
        figureOf("switch asked for to last opening received", "ms", last, { better: "lower" }),
        figureOf(
          "switch committed to last opening received",
          "ms",
          samples.map(({ lastMs }) => lastMs),
          { better: "lower" }
        ),
        figureOf(
          "switch asked for to committed",
          "ms",
          samples.map(({ commitMs }) => commitMs),
          { better: "lower" }
        ),
        figureOf(
          "switch lifted to first opening received",
          "ms",
          samples.map(({ againMs }) => againMs),
          { better: "lower" }
        ),
        figureOf(
          "openings received after the commit",
          "orders",
          samples.map(({ late }) => late),
          { better: "lower" }
        ),
        figureOf(
          "closings received while it held",
          "orders",
          samples.map(({ closings }) => closings)
        ),
        figureOf(
          "openings before the switch",
          "orders/s",
          samples.map(({ before }) => before)
        )
      ],
      targets: [atMost("last opening after the switch was asked for, of all samples, in ms", 2_000, Math.max(...last))]
    },
    options
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
