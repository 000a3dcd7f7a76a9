// Foreign boundary: reads the logs of the services it starts.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Deferred, Duration, Effect, Schedule, type Scope } from "effect"
import { isReady } from "./httpJson.ts"
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

/** Starts a service that ended again, after a wait that grows while it keeps ending. */
const supervise = Effect.fnUntraced(function* (
  name: string,
  first: StartedProcess,
  again: Effect.Effect<StartedProcess, StackError>
) {
  let current = first
  const once = Effect.gen(function* () {
    const end = yield* Deferred.await(current.ended)
    yield* report(`${name} ended (${end.signal ?? `code ${end.code}`}): starting it again.`)
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
  port: number
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
  yield* awaitReady(spec, healthUrl, logFile, started)
  yield* Effect.forkScoped(supervise(spec.name, started, again))
  return { name: spec.name, healthUrl, logFile, pid: () => pid, restarts: () => restarts } satisfies RunningService
})

/**
 * Starts services side by side and returns once all are ready; one that ends later is started again.
 *
 * Fails with StackError, naming the service, its last output and its log. They end with the guard's scope.
 */
export const startServices: (
  guard: ProcessGuard,
  dataFolder: string,
  specs: ReadonlyArray<ServiceSpec>
) => Effect.Effect<ReadonlyArray<RunningService>, StackError, Scope.Scope> = Effect.fnUntraced(
  function* (guard, dataFolder, specs) {
    let from = startOfSearch(`${dataFolder}/services/${specs[0]?.name ?? ""}`)
    const planned: Array<readonly [ServiceSpec, number]> = []
    for (const spec of specs) {
      const port = yield* freePort(from)
      from = port + 1
      planned.push([spec, port])
    }
    return yield* Effect.forEach(planned, ([spec, port]) => startService(guard, join(dataFolder, "logs"), spec, port), {
      concurrency: "unbounded"
    })
  }
)
