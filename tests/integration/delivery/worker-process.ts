import { input, runWorker } from "@millrace/runtime"
import { Effect } from "effect"
import { done, orderBench, orderTopics } from "./Orders.ts"

/**
 * A worker as a process of its own, for scenarios that kill it: 20 ms for each order, then its result. The orders named
 * by a second argument (`13,17`) end the process at once, as a bug in native code would.
 */
const topics = orderTopics(process.argv[2]!)
const deadly = new Set(process.argv[3]?.split(",").map(Number))

const main = Effect.gen(function* () {
  yield* runWorker({
    name: topics.group,
    instance: "1",
    inputs: [
      input({
        contract: topics.orders,
        policy: { transactional: process.argv.includes("--transactional") },
        handle: (record) => {
          if (deadly.has(record.value.n)) process.kill(process.pid, "SIGKILL")
          return Effect.as(Effect.sleep("20 millis"), done(topics, record.value))
        }
      })
    ]
  })
  process.stdout.write("ready\n")
  return yield* Effect.never
})

await Effect.runPromise(Effect.scoped(main).pipe(Effect.provide(orderBench(topics))))
