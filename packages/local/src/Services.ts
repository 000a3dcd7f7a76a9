// Foreign boundary: reads the logs of the services it starts.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Deferred, Duration, Effect, Schedule, type Scope } from "effect"
import { isReady } from "./httpJson.ts"
import { awaitNotLive } from "./LiveWatch.ts"
import { isFree, startOfSearch } from "./Ports.ts"
import type { ProcessGuard, StartedProcess } from "./ProcessGuard.ts"
import { report } from "./Progress.ts"
import { checkoutFolder } from "./StackConfig.ts"
import { StackError } from "./StackError.ts"

/** A service of Millrace as a process of its own. */
export interface ServiceSpec {
  readonly name: string
  /** Path of its main file, from the checkout. */
  readonly main: string
  readonly env: Readonly<Record<string, string>>
  /** Variable that takes the port of its health pages; default HEALTH_PORT. */
  readonly healthVariable?: string
  /** Services with a higher number stop first. */
  readonly stopOrder: number
  /** Starts once the others are ready, and is not waited for: nothing that a run begins with needs it. */
  readonly inBackground?: boolean
}

export interface RunningService {
  readonly name: string
  /** Serves `/ready`, `/health`, `/live`, `/metrics`. */
  readonly healthUrl: string
  readonly logFile: string
  /** Process id; changes when the service was started again. */
  readonly pid: () => number
  readonly restarts: () => number
}

const readyWithin = Duration.seconds(90)

/** The last lines of a log, for the message about a service that did not come up. */
const lastLines = (file: string): string => {
  try {
    return readFileSync(file, "utf8").trimEnd().split("\n").slice(-3).join(" | ").slice(-600)
  } catch {
    return "no output"
  }
}

const failed = (name: string, logFile: string, what: string): StackError =>
  new StackError({
    part: "stack",
    problem: `The service ${name} ${what}; its last output: ${lastLines(logFile)}`,
    remedy: `The whole log: ${logFile}`
  })

/** Returns the first free port at or above `from`. */
export const freePort = Effect.fnUntraced(function* (from: number) {
  let port = from
  while (!(yield* isFree(port))) port += 1
  return port
})

/** Waits until the service is ready, or ended before it was. */
const awaitReady = (spec: ServiceSpec, healthUrl: string, logFile: string, started: StartedProcess) =>
  isReady(`${healthUrl}/ready`).pipe(
    Effect.repeat({ until: (ready) => ready, schedule: Schedule.spaced("100 millis") }),
    Effect.timeoutOrElse({
      duration: readyWithin,
      orElse: () => Effect.fail(failed(spec.name, logFile, `was not ready within ${Duration.toSeconds(readyWithin)} s`))
    }),
    Effect.raceFirst(
      Deferred.await(started.ended).pipe(
        Effect.flatMap((end) => Effect.fail(failed(spec.name, logFile, `ended with ${end.signal ?? end.code}`)))
      )
    )
  )

/** Kills a process that is not live for `patience`: one that stands still can't end in order. Returns when it has ended. */
const awaitEnd = Effect.fnUntraced(function* (
  { healthUrl, name }: { readonly name: string; readonly healthUrl: string },
  { ended, pid }: StartedProcess,
  patience: Duration.Duration
) {
  const watch = awaitNotLive(isReady(`${healthUrl}/live`), patience).pipe(
    Effect.tap((silent) => report(`${name} has not been live for ${Duration.format(silent)}: killing it.`)),
    Effect.andThen(Effect.sync(() => process.kill(pid, "SIGKILL"))),
    Effect.andThen(Effect.never)
  )
  const end = Deferred.await(ended)
  return yield* Duration.isZero(patience) ? end : Effect.raceFirst(end, watch)
})

/** Starts a service again that ended or was not live, after a wait that grows while it keeps ending. */
const supervise = Effect.fnUntraced(function* (
  service: { readonly name: string; readonly healthUrl: string },
  first: StartedProcess,
  again: Effect.Effect<StartedProcess, StackError>,
  patience: Duration.Duration
) {
  let current = first
  const once = Effect.gen(function* () {
    const end = yield* awaitEnd(service, current, patience)
    yield* report(`${service.name} ended (${end.signal ?? `code ${end.code}`}): starting it again.`)
    current = yield* again
  })
  return yield* once.pipe(
    Effect.repeat(Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("15 seconds")])),
    Effect.catch((error) => report(error.message))
  )
})

const startService = Effect.fnUntraced(function* (
  guard: ProcessGuard,
  logFolder: string,
  spec: ServiceSpec,
  port: number,
  notLiveAfter: Duration.Duration
) {
  const logFile = join(logFolder, `${spec.name}.log`)
  const healthUrl = `http://127.0.0.1:${port}`
  const start = guard.start("stack", {
    name: spec.name,
    command: process.execPath,
    args: [join(checkoutFolder, spec.main)],
    cwd: checkoutFolder,
    env: { ...spec.env, [spec.healthVariable ?? "HEALTH_PORT"]: String(port) },
    logFile,
    stopSignal: "SIGTERM",
    graceMs: 15_000,
    stopOrder: spec.stopOrder
  })
  const started = yield* start
  let pid = started.pid
  let restarts = 0
  const again = Effect.tap(start, (next) =>
    Effect.sync(() => {
      pid = next.pid
      restarts += 1
    })
  )
  const ready = awaitReady(spec, healthUrl, logFile, started)
  if (spec.inBackground === true) {
    yield* ready.pipe(
      Effect.catch((error) => report(error.message)),
      Effect.forkScoped
    )
  } else yield* ready
  yield* Effect.forkScoped(supervise({ name: spec.name, healthUrl }, started, again, notLiveAfter))
  return { name: spec.name, healthUrl, logFile, pid: () => pid, restarts: () => restarts } satisfies RunningService
})

/**
 * Starts services side by side and returns once all are ready that are not in the background; one that ends later, or gives no
 * good answer of `/live` for `notLiveAfter` (zero: not asked), is started again.
 *
 * Fails with StackError, naming the service, its last output and its log. They end with the guard's scope.
 */
export const startServices: (
  guard: ProcessGuard,
  dataFolder: string,
  specs: ReadonlyArray<ServiceSpec>,
  notLiveAfter: Duration.Duration
) => Effect.Effect<ReadonlyArray<RunningService>, StackError, Scope.Scope> = Effect.fnUntraced(
  function* (guard, dataFolder, specs, notLiveAfter) {
    let from = startOfSearch(`${dataFolder}/services/${specs[0]?.name ?? ""}`)
    const planned: Array<readonly [ServiceSpec, number]> = []
    for (const spec of specs) {
      const port = yield* freePort(from)
      from = port + 1
      planned.push([spec, port])
    }
    const start = ([spec, port]: readonly [ServiceSpec, number]) =>
      startService(guard, join(dataFolder, "logs"), spec, port, notLiveAfter)
    const [first, later] = [false, true].map((wanted) =>
      planned.filter(([spec]) => (spec.inBackground ?? false) === wanted)
    )
    const running = yield* Effect.forEach(first ?? [], start, { concurrency: "unbounded" })
    return [...running, ...(yield* Effect.forEach(later ?? [], start))]
  }
)
