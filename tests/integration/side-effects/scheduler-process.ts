import { runScheduler } from "@millrace/scheduler"
import { TimerStore } from "@millrace/store"
import { Effect } from "effect"
import { schedulerBench, schedulerTopics } from "./SchedulerProcesses.ts"

/**
 * A scheduler as a process of its own. Arguments: name of the scenario's topics and tables, and, for one that is to die,
 * the batch after whose publishing and before whose marking it kills itself.
 */
const [name, diesAtBatch] = process.argv.slice(2) as [string, string | undefined]

const main = Effect.gen(function* () {
  const store = yield* TimerStore
  let batches = 0
  const finish: typeof store.finish = (ends) =>
    Effect.suspend(() => {
      batches += 1
      if (batches === Number(diesAtBatch)) process.kill(process.pid, "SIGKILL")
      return store.finish(ends)
    })
  yield* runScheduler(schedulerTopics(name)).pipe(Effect.provideService(TimerStore, { ...store, finish }))
  process.stdout.write("ready\n")
  return yield* Effect.never
})

await Effect.runPromise(Effect.scoped(main).pipe(Effect.provide(schedulerBench(name))))
