import { input, runService, runWorker } from "@millrace/runtime"
import { Effect, Layer } from "effect"
import { done, orderTopics } from "../delivery/Orders.ts"

/** A service as `main.ts` of a worker starts it: 200 ms for each order, then its result. */
const topics = orderTopics(process.argv[2]!)

const topology = Layer.effectDiscard(
  runWorker({
    name: topics.group,
    instance: "1",
    publishes: [topics.results],
    inputs: [
      input({
        contract: topics.orders,
        policy: { concurrency: 5 },
        handle: (record) => Effect.as(Effect.sleep("200 millis"), done(topics, record.value))
      })
    ]
  })
)

runService(topics.group, topology)
