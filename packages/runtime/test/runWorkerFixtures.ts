/** A worker over orders, in memory. */
import { Effect, Layer } from "effect"
import { input, runWorker } from "../src/index.ts"
import { type Order, orders, workbench } from "./workbench.ts"

export const running = Effect.provide(Layer.fresh(workbench))

export const worker = <R>(handle: Parameters<typeof input<Order, R>>[0]["handle"], policy = {}) =>
  runWorker({ name: "it-worker", instance: "1", inputs: [input({ contract: orders, policy, handle })], publishes: [] })
