import { input, nothing, runWorker } from "@millrace/runtime"
import { Effect } from "effect"
import { type BenchTopic, contractOf } from "../stage/records.ts"
import { benchServices } from "./millrace.ts"

export interface KilledTask {
  readonly topic: BenchTopic
  readonly group: string
  readonly instance: string
}

/** What a worker tells its parent; the parent notes the time at which it comes. */
export interface Handled {
  readonly partition: number
  readonly n: number
}

// A worker as a process of its own, default settings: it tells each record that it handles, until it is killed.
const task = JSON.parse(process.argv[2] ?? "{}") as KilledTask

const main = Effect.gen(function* () {
  yield* runWorker({
    name: task.group,
    instance: task.instance,
    publishes: [],
    inputs: [
      input({
        contract: contractOf(task.topic),
        handle: ({ partition, value }) => {
          process.send?.({ partition, n: value.n } satisfies Handled)
          return Effect.succeed(nothing)
        }
      })
    ]
  })
  return yield* Effect.never
})

process.on("disconnect", () => process.exit(0))
await Effect.runPromise(main.pipe(Effect.scoped, Effect.provide(benchServices([task.topic]))))
