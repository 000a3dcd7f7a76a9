import { input, runWorker } from "@millrace/runtime"
import { Effect } from "effect"
import { done, orderBench, orderTopics } from "../delivery/Orders.ts"

/** One instance of a worker under a deployment: 5 ms for each order, then its result. Drains on SIGTERM. */
const [name = "", instance = ""] = process.argv.slice(2)
const topics = orderTopics(name)

const worker = Effect.gen(function* () {
  yield* runWorker({
    name: topics.group,
    instance,
    publishes: [topics.results],
    inputs: [
      input({
        contract: topics.orders,
        handle: (record) => Effect.as(Effect.sleep("5 millis"), done(topics, record.value))
      })
    ]
  })
  process.stdout.write("ready\n")
  return yield* Effect.never
}).pipe(Effect.scoped, Effect.provide(orderBench(topics)))

const running = new AbortController()
process.once("SIGTERM", () => running.abort())
Effect.runPromiseExit(worker, { signal: running.signal }).then(() => process.exit(0))
