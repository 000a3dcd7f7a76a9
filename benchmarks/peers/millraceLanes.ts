import type { TopicContract } from "@millrace/contracts"
import { input, nothing, outgoing, Publisher, runWorker } from "@millrace/runtime"
import { Effect } from "effect"
import { openLoop } from "../stage/openLoop.ts"
import { contractOf, orderOf } from "../stage/records.ts"
import { type LanesFound, LanesTally, type LanesTask } from "./Lanes.ts"
import { benchServices } from "./millrace.ts"

/**
 * Urgent records in the lane `critical`, each of a key of its own; the others wait in `low`.
 *
 * A new group also reads the urgent records of earlier samples: their keys tell, and they are let through at once.
 */
export const lanes = (task: LanesTask): Promise<LanesFound> => {
  const tally = new LanesTally(task)
  const contract = contractOf(task.topic)
  const { concurrency, reserve } = task
  const handled = Effect.succeed(nothing)
  const run = Effect.gen(function* () {
    const publisher = yield* Publisher
    const services = yield* Effect.context<never>()
    yield* runWorker({
      name: task.group,
      instance: "1",
      publishes: [contract as TopicContract<unknown>],
      inputs: [
        input({
          contract,
          policy: { concurrency, ...(reserve === undefined ? {} : { reserve }) },
          handle: ({ key, lane, timestampMs, value }) => {
            if (lane === "low") tally.lowBegan(value.n, timestampMs)
            else if (key.startsWith(task.group)) tally.urgentBegan(value.n)
            else return handled
            return Effect.as(Effect.sleep(task.workMs), nothing)
          }
        })
      ]
    })
    const send = (n: number) =>
      Effect.runPromiseWith(services)(
        publisher.publish([
          outgoing(contract, { key: `${task.group}-${n}`, value: orderOf(n), workspaceId: "bench", lane: "critical" })
        ])
      )
    const intended = yield* Effect.promise(() => openLoop(task.warmUp + task.records, task.ratePerSecond, send))
    yield* Effect.promise(() => tally.done)
    return tally.found(intended)
  })
  return Effect.runPromise(run.pipe(Effect.scoped, Effect.provide(benchServices([task.topic]))))
}
