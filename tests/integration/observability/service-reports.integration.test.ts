import { assert, it } from "@effect/vitest"
import { pipelineServices } from "@millrace/local"
import { Infrastructure, laneRates, runWorker, ServiceReports } from "@millrace/runtime"
import { Duration, Effect, Layer, Scope } from "effect"
import { inject } from "vitest"
import { candlesOf, eventually, oneGuardedPosition, startPipeline } from "../pipelineRun.ts"

// All services run on a real broker and work a command off. What must hold: whoever follows `service-reports` sees each of them,
// what the executor has done, and rates; one that is frozen shows as inactive until the local stack, which finds it not live, has
// started it again under another process id; those that ended in order are gone.

/** Four ticks a second. */
const candles = candlesOf([...Array(2).fill(60_000), ...Array(120).fill(56_900)])

/**
 * @guarantee operation: The local stack restarts a service that is not live, not only one that ended
 * @guarantee operation: Every process reports its workers, lanes, breakers and memory every few seconds; who falls silent shows as inactive
 */
it.live(
  "every service reports itself on a real broker; who is frozen shows as inactive and is restarted, who stops in order is gone",
  () =>
    Effect.gen(function* () {
      const reports = yield* ServiceReports
      const outer = yield* Effect.scope
      const runId = yield* Effect.scoped(
        Effect.gen(function* () {
          const run = yield* startPipeline({
            stack: inject("stack"),
            scenario: oneGuardedPosition,
            candles,
            speed: 60,
            notLiveAfter: Duration.seconds(10)
          })
          const { runId } = run.plan
          const reader = runWorker({ name: "it-reports", instance: "1", tables: [reports.table], publishes: [] })
          yield* Scope.provide(reader, outer)
          const of = (service: string) =>
            reports.instances().find(({ report }) => report.service === service && report.instance === runId)
          yield* eventually(
            "each service has reported itself ready",
            Effect.sync(() => (pipelineServices.every((name) => of(name)?.report.ready === true) ? true : undefined))
          )
          yield* run.control.startFeed
          const done = yield* eventually(
            "the executor reports its command",
            Effect.sync(() => {
              const rates = laneRates(of("automation-executor")?.recent ?? [])
              return rates.find(({ lane, processedPerMinute }) => lane === "critical" && processedPerMinute > 0)
            })
          )
          assert.strictEqual(done.topic, "automation-commands.critical")
          assert.strictEqual(done.failureRate, 0)
          const executor = of("automation-executor")!.report
          assert.include(
            executor.breakers.map(({ kind }) => kind),
            "exchange orders"
          )
          assert.isAbove(executor.memory.residentBytes, 20e6)

          const victim = run.services.find(({ name }) => name === "scheduler")!
          const before = of("scheduler")!.report.pid
          process.kill(victim.pid(), "SIGSTOP")
          yield* eventually(
            "a frozen one is inactive",
            Effect.sync(() => (of("scheduler")?.active === false ? true : undefined))
          )
          yield* eventually(
            "its successor reports itself",
            Effect.sync(() => {
              const now = of("scheduler")
              return now?.active === true && now.report.pid !== before ? true : undefined
            })
          )
          return runId
        })
      )
      yield* eventually(
        "those that ended in order are gone",
        Effect.sync(() => (reports.instances().every(({ report }) => report.instance !== runId) ? true : undefined))
      )
    }).pipe(Effect.provide(Layer.mergeAll(ServiceReports.layer, Infrastructure.layer("it-reports"))), Effect.scoped),
  180_000
)
