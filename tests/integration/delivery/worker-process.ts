import { input, runWorker } from "@millrace/runtime"
import { Effect } from "effect"
import { done, orderBench, orderTopics } from "./Orders.ts"

/** A worker as a process of its own, for scenarios that kill it: 20 ms for each order, then its result. */
const topics = orderTopics(process.argv[2]!)

const main = Effect.gen(function* () {
  yield* runWorker({
    name: topics.group,
    instance: "1",
    inputs: [
      input({
        contract: topics.orders,
        handle: (record) => Effect.as(Effect.sleep("20 millis"), done(topics, record.value))
      })
    ]
  })
  process.stdout.write("ready\n")
  return yield* Effect.never
})

await Effect.runPromise(Effect.scoped(main).pipe(Effect.provide(orderBench(topics))))
