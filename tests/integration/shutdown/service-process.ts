import { input, runService, runWorker } from "@millrace/runtime"
import { Effect, Layer } from "effect"
import { done, orderTopics } from "../delivery/Orders.ts"

/** Stands still for good, as a handler with an endless loop does. */
const blocked = (): never => {
  for (;;) JSON.parse("[1]")
}

/** A service as `main.ts` of a worker starts it: 200 ms for each order, then its result; the order whose number is the third
 * argument blocks the process.
 */
const topics = orderTopics(process.argv[2]!)
const blocking = Number(process.argv[3] ?? -1)

const topology = Layer.effectDiscard(
  runWorker({
    name: topics.group,
    instance: "1",
    publishes: [topics.results],
    inputs: [
      input({
        contract: topics.orders,
        policy: { concurrency: 5 },
        handle: (record) =>
          record.value.n === blocking
            ? Effect.sync(blocked)
            : Effect.as(Effect.sleep("200 millis"), done(topics, record.value))
      })
    ]
  })
)

runService(topics.group, topology)
