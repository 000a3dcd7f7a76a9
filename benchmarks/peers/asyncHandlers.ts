import { input, nothing, Publisher, runWorker } from "@millrace/runtime"
import { Effect } from "effect"
import { KeyOrder } from "../stage/KeyOrder.ts"
import { type BenchTopic, contractOf } from "../stage/records.ts"
import { benchServices } from "./millrace.ts"

/** A worker whose handler waits; times are taken each `perSample` records after the first `warmUp` ones. */
export interface WaitTask {
  readonly topic: BenchTopic
  readonly group: string
  readonly keys: number
  readonly concurrency: number
  readonly workMs: number
  readonly warmUp: number
  readonly perSample: number
  readonly samples: number
}

export interface Waited {
  /** Milliseconds for each sample. */
  readonly sampleMs: ReadonlyArray<number>
  /** How long the wait of a handler took in fact, on average, while the worker ran. */
  readonly sleptMs: number
}

export const wait = (task: WaitTask): Promise<Waited> => {
  const order = new KeyOrder(task.keys)
  const marks: Array<number> = []
  const all = Promise.withResolvers<void>()
  let slept = 0
  const ended = (n: number, startedAt: number) => {
    const now = performance.now()
    slept += now - startedAt
    order.end(n)
    if (order.finished < task.warmUp || (order.finished - task.warmUp) % task.perSample !== 0) return
    marks.push(now)
    if (marks.length === task.samples + 1) all.resolve()
  }
  const work = task.workMs === 0 ? Effect.void : Effect.sleep(task.workMs)
  const worker = Effect.gen(function* () {
    yield* Publisher
    yield* runWorker({
      name: task.group,
      instance: "1",
      publishes: [],
      inputs: [
        input({
          contract: contractOf(task.topic),
          policy: { concurrency: task.concurrency },
          handle: ({ value: { n } }) => {
            order.start(n)
            const startedAt = performance.now()
            return Effect.map(work, () => {
              ended(n, startedAt)
              return nothing
            })
          }
        })
      ]
    })
    yield* Effect.promise(() => all.promise)
    return {
      sampleMs: marks.slice(1, task.samples + 1).map((mark, index) => mark - marks[index]!),
      sleptMs: slept / order.finished
    }
  })
  return Effect.runPromise(worker.pipe(Effect.scoped, Effect.provide(benchServices([task.topic])))).then((waited) => {
    order.expectKept()
    return waited
  })
}

/** Each of so many fibers waits again and again, without a worker: what the machine's timers give at best. */
export interface TimersTask {
  readonly workMs: number
  readonly sleepers: number
  readonly durationMs: number
}

/** Returns how long one wait takes on average. */
export const timers = async ({ durationMs, sleepers, workMs }: TimersTask): Promise<number> => {
  let waits = 0
  const one = Effect.gen(function* () {
    const until = performance.now() + durationMs
    while (performance.now() < until) {
      yield* Effect.sleep(workMs)
      waits += 1
    }
  })
  const startedAt = performance.now()
  await Effect.runPromise(
    Effect.all(
      Array.from({ length: sleepers }, () => one),
      { concurrency: "unbounded", discard: true }
    )
  )
  return ((performance.now() - startedAt) * sleepers) / waits
}

/** Handles all records of a topic once, each waiting a random time; returns the milliseconds from the call to the end. */
export interface RandomWaitTask extends Pick<WaitTask, "topic" | "group" | "keys" | "concurrency"> {
  readonly records: number
  readonly upToMs: number
}

export const randomWait = (task: RandomWaitTask): Promise<number> => {
  const order = new KeyOrder(task.keys)
  const all = Promise.withResolvers<void>()
  const worker = Effect.gen(function* () {
    yield* Publisher
    const startedAt = performance.now()
    yield* runWorker({
      name: task.group,
      instance: "1",
      publishes: [],
      inputs: [
        input({
          contract: contractOf(task.topic),
          policy: { concurrency: task.concurrency },
          handle: ({ value: { n } }) => {
            order.start(n)
            return Effect.map(Effect.sleep(Math.random() * task.upToMs), () => {
              order.end(n)
              if (order.finished === task.records) all.resolve()
              return nothing
            })
          }
        })
      ]
    })
    yield* Effect.promise(() => all.promise)
    return performance.now() - startedAt
  })
  return Effect.runPromise(worker.pipe(Effect.scoped, Effect.provide(benchServices([task.topic])))).then(
    (elapsedMs) => {
      order.expectKept()
      return elapsedMs
    }
  )
}
