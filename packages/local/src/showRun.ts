import { type GroupLag, lagOf } from "@millrace/administration"
import { Clock, Console, Effect, Schedule, type Scope } from "effect"
import { isReady } from "./httpJson.ts"
import { commandLine, renderView, type ViewFacts, waitingLine } from "./LiveView.ts"
import { report } from "./Progress.ts"
import type { RunListener } from "./RunObserver.ts"
import { isWaiting } from "./RunState.ts"
import type { FeedProgress } from "./SimulatorControl.ts"
import { printable, type StackAddresses } from "./StackAddresses.ts"
import type { StartedRun } from "./startRun.ts"

/** Where everything answers, as lines to read. */
export const addressLines = (stack: StackAddresses, run: StartedRun, dataFolder: string): ReadonlyArray<string> => [
  `Kafka ${stack.kafkaBrokers.join(",")}   registry ${stack.registryUrl}`,
  `PostgreSQL ${printable(stack.databaseUrl)}   Redis ${stack.redisUrl ?? "none, in process"}`,
  `health pages (/health, /metrics) ${run.services.map(({ name, healthUrl }) => `${name} ${healthUrl.replace("http://", "")}`).join("   ")}`,
  `data ${dataFolder}   logs ${run.servicesFolder}/logs`,
  `API and dashboard ${run.apiUrl}`,
  ...(run.firstAdmin === undefined ? [] : [`become administrator, once: ${run.firstAdmin}`])
]

/** Lines about rules that wait, outcomes and notifications, for a terminal that is none. */
export const lineListener = (write: (line: string) => void): RunListener => ({
  onDecision: (state, decision) => {
    if (isWaiting(decision)) write(waitingLine(runOf(decision), decision, state.rules.get(decision.ruleId)))
  },
  onOutcome: (state, commandId) => {
    const entry = state.commands.get(commandId)
    if (entry !== undefined) write(commandLine(runOf(entry.command), entry, state.rules.get(entry.command.ruleId)))
  },
  onNotification: (state) => {
    const newest = state.notifications.at(-1)
    if (newest?.level === "critical") write(`! ${newest.title}`)
  }
})

const runOf = ({ accountId }: { readonly accountId: string }): string => accountId.split(".")[0] ?? ""

/** Nothing is written as it happens: the live view shows it. */
export const silentListener: RunListener = { onDecision: () => {}, onOutcome: () => {}, onNotification: () => {} }

interface Sampled {
  feed: FeedProgress | undefined
  lanes: ViewFacts["lanes"]
  services: ViewFacts["services"]
}

/** Of the groups that read a lane, the one that is furthest behind. */
const slowestReaders = (lags: ReadonlyArray<GroupLag>): ViewFacts["lanes"] => {
  const lanes = new Map<string, number>()
  for (const { topic, lagRecords } of lags) lanes.set(topic, Math.max(lagRecords, lanes.get(topic) ?? 0))
  return [...lanes].map(([lane, lagRecords]) => ({ lane, lagRecords }))
}

/** Samples what the view shows beside the records: often the feed, seldom lag and health. */
const sample = Effect.fnUntraced(function* (run: StartedRun) {
  const sampled: Sampled = {
    feed: undefined,
    lanes: [],
    services: run.services.map(({ name }) => ({ name, ready: true, restarts: 0 }))
  }
  const feed = run.control.feed.pipe(
    Effect.tap((progress) => Effect.sync(() => (sampled.feed = progress))),
    Effect.ignore
  )
  const lag = lagOf(run.plan.runId).pipe(
    Effect.provideContext(run.clients),
    Effect.tap((lags) =>
      Effect.sync(() => {
        sampled.lanes = slowestReaders(lags)
      })
    ),
    Effect.ignore
  )
  const health = Effect.forEach(
    run.services,
    (service) =>
      Effect.map(isReady(`${service.healthUrl}/ready`), (ready) => ({
        name: service.name,
        ready,
        restarts: service.restarts()
      })),
    { concurrency: "unbounded" }
  ).pipe(Effect.tap((services) => Effect.sync(() => (sampled.services = services))))
  yield* Effect.forkScoped(Effect.repeat(feed, Schedule.spaced("250 millis")))
  yield* Effect.forkScoped(Effect.repeat(lag, Schedule.spaced("2 seconds")))
  yield* Effect.forkScoped(Effect.repeat(health, Schedule.spaced("2 seconds")))
  return sampled
})

const clearScreen = "\u001b[H\u001b[J"
const hideCursor = "\u001b[?25l"
const showCursor = "\u001b[?25h"

/** Redraws the live view four times a second until the scope closes. */
export const liveView: (
  stack: StackAddresses,
  run: StartedRun,
  dataFolder: string
) => Effect.Effect<void, never, Scope.Scope> = Effect.fnUntraced(function* (stack, run, dataFolder) {
  const started = yield* Clock.currentTimeMillis
  const sampled = yield* sample(run)
  const addresses = addressLines(stack, run, dataFolder)
  yield* Effect.acquireRelease(
    Effect.sync(() => process.stdout.write(hideCursor)),
    () => Effect.sync(() => process.stdout.write(showCursor))
  )
  const draw = Effect.gen(function* () {
    const lines = renderView(run.state, {
      runId: run.plan.runId,
      elapsedSeconds: ((yield* Clock.currentTimeMillis) - started) / 1000,
      addresses,
      feed: {
        priceUsd: sampled.feed?.price,
        marketTimeMs: sampled.feed?.marketTimeMs,
        ticksSent: sampled.feed?.ticksSent ?? 0,
        done: sampled.feed?.done ?? false
      },
      lanes: sampled.lanes,
      services: sampled.services,
      width: process.stdout.columns ?? 120,
      height: process.stdout.rows ?? 40
    })
    yield* Effect.sync(() => process.stdout.write(clearScreen + lines.join("\n")))
  })
  yield* Effect.forkScoped(Effect.repeat(draw, Schedule.spaced("250 millis")))
})

/** Without a terminal: where everything answers, then a line about the feed every ten seconds. */
export const plainView: (
  stack: StackAddresses,
  run: StartedRun,
  dataFolder: string
) => Effect.Effect<void, never, Scope.Scope> = Effect.fnUntraced(function* (stack, run, dataFolder) {
  yield* Effect.forEach(addressLines(stack, run, dataFolder), (line) => Console.log(line), { discard: true })
  let told = -1
  const line = run.control.feed.pipe(
    Effect.flatMap((feed) =>
      Effect.gen(function* () {
        if (feed.ticksSent === told) return
        told = feed.ticksSent
        yield* Console.log(
          `feed ${feed.ticksSent} of ${feed.ticksTotal} ticks, BTC/USD ${feed.price ?? "–"}, commands ${run.state.commands.size}`
        )
      })
    ),
    Effect.catch((error) => report(error.message))
  )
  yield* Effect.forkScoped(Effect.repeat(line, Schedule.spaced("10 seconds")))
})
