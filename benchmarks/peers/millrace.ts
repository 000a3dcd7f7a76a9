import { ConfluentCodec, type TopicContract, TopicsFile } from "@millrace/contracts"
import { KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { DeadLetters, input, nothing, outgoing, Publisher, type RunningWorker, runWorker } from "@millrace/runtime"
import { Context, Effect, Exit, Layer, Logger, Scope } from "effect"
import { type BenchTopic, contractOf, keyOf, orderOf, topicsOf } from "../stage/records.ts"
import { Tally } from "../stage/tally.ts"
import { type Consumed, type ConsumeTask, Stopwatch } from "./Peer.ts"
import { type LatencyTask, latenciesOf, type OpenPipe } from "./Pipe.ts"

/** The kafkajs driver; tells when a consumer learns its partitions. */
export const watchedKafka = (onAssigned: () => void) =>
  Layer.effect(
    KafkaClient,
    Effect.map(KafkaClient, (kafka) =>
      KafkaClient.of({
        ...kafka,
        consumer: (options, listener) =>
          kafka.consumer(options, {
            ...listener,
            onAssigned: (assignment) =>
              Effect.suspend(() => {
                onAssigned()
                return listener.onAssigned(assignment)
              })
          })
      })
    )
  ).pipe(Layer.provide(KafkaJsClient.layer))

/** All that a worker needs, without a registry. */
export const benchServices = (topics: ReadonlyArray<BenchTopic>, onAssigned: () => void = () => {}) =>
  DeadLetters.layer.pipe(
    Layer.provideMerge(Publisher.layerOf("bench")),
    Layer.provideMerge(
      Layer.mergeAll(watchedKafka(onAssigned), ConfluentCodec.layerMemory, TopicsFile.layerOf(topicsOf(topics)))
    ),
    Layer.provideMerge(Logger.layer([]))
  )

/** Returns once everything that was handled may be committed. */
const settled = (worker: RunningWorker) =>
  Effect.gen(function* () {
    while (worker.status().lanes.some(({ lag }) => lag > 0)) yield* Effect.yieldNow
  })

/** A worker with a handler that does nothing, default settings. */
export const consuming = (task: ConsumeTask) => {
  const tally = new Tally(task.records, task.keys)
  let watch: Stopwatch | undefined
  const handled = Effect.succeed(nothing)
  return Effect.gen(function* () {
    yield* Publisher
    watch = new Stopwatch()
    const worker = yield* runWorker({
      name: task.group,
      instance: "1",
      publishes: [],
      inputs: [
        input({
          contract: contractOf(task.topic),
          handle: ({ value }) => {
            tally.note(value.n)
            return handled
          }
        })
      ]
    })
    yield* Effect.promise(() => tally.done)
    yield* settled(worker)
    yield* worker.commit
    return { ...watch.stop(), ...tally.count() } satisfies Consumed
  }).pipe(Effect.scoped, Effect.provide(benchServices([task.topic], () => watch?.assigned())))
}

export const consume = (task: ConsumeTask): Promise<Consumed> => Effect.runPromise(consuming(task))

/** Publishes one record a call, as a handler or a service would. */
const openPipe: OpenPipe = async (task, onStart) => {
  const scope = Scope.makeUnsafe()
  const contract = contractOf(task.topic)
  const handled = Effect.succeed(nothing)
  const services = await Effect.runPromise(Layer.buildWithScope(benchServices([task.topic]), scope))
  const publisher = Context.get(services, Publisher)
  await Effect.runPromise(
    runWorker({
      name: task.group,
      instance: "1",
      publishes: [contract as TopicContract<unknown>],
      inputs: [
        input({
          contract,
          handle: ({ value }) => {
            onStart(value.n)
            return handled
          }
        })
      ]
    }).pipe(Effect.provide(services), Scope.provide(scope))
  )
  return {
    send: (n) =>
      Effect.runPromise(
        publisher.publish([outgoing(contract, { key: keyOf(n, task.keys), value: orderOf(n), workspaceId: "bench" })])
      ),
    close: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

export const latency = (task: LatencyTask): Promise<Float64Array> => latenciesOf(openPipe, task)
