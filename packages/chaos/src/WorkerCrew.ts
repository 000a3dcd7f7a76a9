import { isReady, type ProcessGuard, type StackError, type StartedProcess } from "@millrace/local"
import { Deferred, Effect, type Scope } from "effect"
import { awaitState } from "./awaitState.ts"
import type { ChaosError } from "./ChaosError.ts"
import { signalProgram, startProgram } from "./Program.ts"

/** The worker processes. One that ends is started again after half a second, until the crew is dismissed. */
export interface WorkerCrew {
  /** Sends a signal to the worker at this place, modulo their number; returns its name. */
  readonly signal: (place: number, signal: NodeJS.Signals) => Effect.Effect<string>
  /** Deaths that nobody asked for: a worker that ends by itself. */
  readonly deaths: () => ReadonlyArray<{ readonly worker: string; readonly how: string }>
  readonly starts: () => number
  /** Asks all to stop and waits until they have; none is started again. */
  readonly dismiss: Effect.Effect<void>
}

export interface CrewPlan {
  readonly guard: ProcessGuard
  readonly logFolder: string
  readonly env: Readonly<Record<string, string>>
  /** Ports of the health pages, one for each worker. */
  readonly ports: ReadonlyArray<number>
}

interface Place {
  readonly name: string
  current: StartedProcess
}

const restartAfter = "500 millis"

/** Starts the workers side by side and returns once all take records. */
export const startCrew = (plan: CrewPlan): Effect.Effect<WorkerCrew, StackError | ChaosError, Scope.Scope> =>
  Effect.gen(function* () {
    const deaths: Array<{ readonly worker: string; readonly how: string }> = []
    let starts = 0
    let dismissed = false
    const start = (name: string, port: number) =>
      Effect.tap(
        startProgram(plan.guard, {
          name,
          main: "workerProgram.ts",
          env: { ...plan.env, INSTANCE: name, HEALTH_PORT: String(port) },
          logFolder: plan.logFolder,
          stopOrder: 30
        }),
        () =>
          Effect.sync(() => {
            starts += 1
          })
      )
    const supervise = Effect.fnUntraced(function* (place: Place, port: number) {
      while (true) {
        const { code, signal } = yield* Deferred.await(place.current.ended)
        if (dismissed) return
        deaths.push({ worker: place.name, how: signal ?? `code ${code}` })
        yield* Effect.sleep(restartAfter)
        if (dismissed) return
        place.current = yield* start(place.name, port)
      }
    })
    const places = yield* Effect.forEach(plan.ports, (port, index) =>
      Effect.map(start(`worker-${index + 1}`, port), (current): Place => ({ name: `worker-${index + 1}`, current }))
    )
    yield* Effect.forEach(places, (place, index) => Effect.forkScoped(supervise(place, plan.ports[index]!)))
    yield* Effect.forEach(
      plan.ports,
      (port, index) =>
        awaitState(`worker-${index + 1} is ready`, isReady(`http://127.0.0.1:${port}/ready`), "90 seconds"),
      { concurrency: "unbounded" }
    )
    return {
      signal: (index, signal) => {
        const place = places[index % places.length]!
        return Effect.as(signalProgram(place.current, signal), place.name)
      },
      deaths: () => deaths,
      starts: () => starts,
      dismiss: Effect.suspend(() => {
        dismissed = true
        return Effect.forEach(
          places,
          ({ current }) => Effect.andThen(signalProgram(current, "SIGTERM"), Deferred.await(current.ended)),
          { concurrency: "unbounded", discard: true }
        )
      })
    }
  })
