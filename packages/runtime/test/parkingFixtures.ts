/** A worker that parks what waits for long, and what lies parked. */
import { MemoryKafkaControl } from "@millrace/kafka"
import { Effect, Layer } from "effect"
import { type HandlerFailure, type Incoming, input, type Outcome, runWorker } from "../src/index.ts"
import { type Order, orders, workbench } from "./workbench.ts"

export const running = Effect.provide(Layer.fresh(workbench))

export const hour = 3_600_000

export type Handle = (record: Incoming<Order>) => Effect.Effect<Outcome, HandlerFailure>

export const start = (handle: Handle, policy = {}) =>
  runWorker({ name: "it-worker", instance: "1", inputs: [input({ contract: orders, policy, handle })] })

/** The last version of each parked record that is not removed. */
export const parked = Effect.gen(function* () {
  const rows = new Map<string, string>()
  for (const { key, value, headers } of yield* (yield* MemoryKafkaControl).records("it-orders.parked")) {
    const name = Buffer.from(key!).toString()
    if (value === null) rows.delete(name)
    else rows.set(name, Buffer.from(headers["parked-key"]!).toString())
  }
  return [...rows.values()]
})
