import { type Outgoing, Publisher, type PublishFailed } from "@millrace/runtime"
import { showFromStart } from "@millrace/telemetry"
import { Deferred, Effect, Metric, Queue, Schedule } from "effect"

/** Publishes what it is given in order, one send at a time; what comes while a send is under way goes into the next. */
export interface OrderedPublisher {
  /** Plain and immediate. */
  readonly offer: (records: ReadonlyArray<Outgoing>) => void
  /** Returns once everything offered before is at the broker. */
  readonly flushed: Effect.Effect<void>
  /** Records offered and not yet published. */
  readonly waiting: () => number
}

export interface OrderedPublisherOptions {
  readonly name: string
  /** Asked right before each send; `false` drops what waits: another instance leads now. */
  readonly allowed: () => boolean
}

type Item =
  | { readonly _tag: "Records"; readonly records: ReadonlyArray<Outgoing> }
  | { readonly _tag: "Mark"; readonly done: Deferred.Deferred<void> }

/** Records of one send. */
const largestSend = 2_000

const unpublishable = Metric.counter("millrace_market_data_unpublishable_total", {
  description: "records that can never be published, and are lost",
  incremental: true
})

const retrySchedule = Schedule.min([Schedule.exponential("100 millis", 2), Schedule.spaced("2 seconds")])

/**
 * Makes a publisher whose sender runs until the scope closes.
 *
 * While Kafka is down it holds and tries again for ever, so nothing is dropped; a record that breaks its schema is
 * logged, counted and left out. A crash loses what was not sent: the next leader reads the truth from the exchange.
 */
export const makeOrderedPublisher = Effect.fnUntraced(function* (options: OrderedPublisherOptions) {
  const publisher = yield* Publisher
  const queue = yield* Queue.unbounded<Item>()
  yield* showFromStart(unpublishable)
  let waiting = 0

  const publish = (records: ReadonlyArray<Outgoing>): Effect.Effect<void> =>
    Effect.suspend(() => (options.allowed() ? publisher.publish(records) : Effect.void)).pipe(
      Effect.tapError((error) =>
        error.kind === "permanent"
          ? Effect.void
          : Effect.logWarning("nothing was published, trying again").pipe(
              Effect.annotateLogs({ publisher: options.name, records: records.length, error: error.message })
            )
      ),
      Effect.retry({
        schedule: retrySchedule,
        while: (error: PublishFailed) => error.kind !== "permanent"
      }),
      Effect.catch((error) => publishSingly(records, error))
    )

  /** One bad record must not take the others with it. */
  const publishSingly = (records: ReadonlyArray<Outgoing>, error: PublishFailed): Effect.Effect<void> =>
    records.length > 1
      ? Effect.forEach(records, (record) => publish([record]), { discard: true })
      : Effect.andThen(
          Effect.logError("a record can't be published and is left out").pipe(
            Effect.annotateLogs({ publisher: options.name, error: error.message })
          ),
          Metric.update(unpublishable, 1)
        )

  const send = Effect.fnUntraced(function* (items: ReadonlyArray<Item>) {
    const records = items.flatMap((item) => (item._tag === "Records" ? item.records : []))
    for (let from = 0; from < records.length && options.allowed(); from += largestSend) {
      yield* publish(records.length <= largestSend ? records : records.slice(from, from + largestSend))
    }
    waiting -= records.length
    for (const item of items) if (item._tag === "Mark") Deferred.doneUnsafe(item.done, Effect.void)
  })

  yield* Effect.forkScoped(Effect.forever(Effect.flatMap(Queue.takeAll(queue), send)))

  return {
    offer: (records) => {
      if (records.length === 0) return
      waiting += records.length
      Queue.offerUnsafe(queue, { _tag: "Records", records })
    },
    flushed: Effect.suspend(() => {
      const done = Deferred.makeUnsafe<void>()
      Queue.offerUnsafe(queue, { _tag: "Mark", done })
      return Deferred.await(done)
    }),
    waiting: () => waiting
  } satisfies OrderedPublisher
})
