import { type RecordCodec, type TopicContract, TopicsFile } from "@millrace/contracts"
import type { KafkaClient } from "@millrace/kafka"
import { makeRecordDecoder } from "@millrace/runtime"
import { Context, Effect, Layer, Semaphore, Stream } from "effect"
import type { HistoryError } from "./HistoryError.ts"
import { mergeSections } from "./mergeSections.ts"
import { leftOf, type RecordSelection, sectionsOf, unreadable } from "./Section.ts"
import type { Recorded } from "./SectionCursor.ts"
import { openTickLog, type TickLog } from "./TickLog.ts"

/** Pages of a reading of one partition, and of several at a time. */
const onePageBytes = 1_048_576
const manyPageBytes = 262_144

/** The first window of a look back, in milliseconds, and by how much each is longer than the one before. */
const firstWindowMs = 600_000
const windowGrowth = 6

/** How far back a look went that ended without what it looked for. */
export interface LookedBack {
  /** Every record that there ever was was looked at; false: older ones were deleted. */
  readonly complete: boolean
  /** Wall time of the oldest record left, where older ones were deleted. */
  readonly oldestMs: number | undefined
}

/**
 * What was recorded, read back from Kafka by wall time, without a group and in bounded memory. All lanes of a topic together.
 *
 * Every call fails with `BeyondRetention` when records of the time asked for may have been deleted, and with
 * `HistoryUnreadable` while Kafka or the registry does not answer.
 */
export class History extends Context.Service<
  History,
  {
    /** Records of a range by wall time (timestamp of the record); within a partition in its own order. */
    readonly records: <A>(
      contract: TopicContract<A>,
      selection: RecordSelection
    ) => Stream.Stream<Recorded<A>, HistoryError>
    /**
     * Looks at the records before a time, backwards window by window, each longer than the one before; within a window
     * in their order. `visit` says whether to go on; `fromMs`: where its window begins. Undefined: it ended the look.
     */
    readonly lookBack: <A, E, R>(
      contract: TopicContract<A>,
      from: { readonly beforeMs: number; readonly partitionKey?: string },
      visit: (window: Stream.Stream<Recorded<A>, HistoryError>, fromMs: number) => Effect.Effect<boolean, E, R>
    ) => Effect.Effect<LookedBack | undefined, HistoryError | E, R>
    /** The ticks of one market, for looking at single ones. */
    readonly ticksOf: (market: string) => Effect.Effect<TickLog, HistoryError>
  }
>()("@millrace/history/History") {
  static readonly layer = Layer.effect(
    History,
    Effect.gen(function* () {
      const services = yield* Effect.context<KafkaClient | RecordCodec | TopicsFile>()
      const topics = yield* TopicsFile
      const learning = yield* Semaphore.make(1)

      const records = <A>(contract: TopicContract<A>, selection: RecordSelection) =>
        Stream.unwrap(
          Effect.gen(function* () {
            const topic = yield* Effect.mapError(topics.declared(contract.name), unreadable(contract.name))
            const decoder = yield* makeRecordDecoder(contract)
            const sections = yield* sectionsOf(topic, selection)
            const { ofKey, partitionKey } = selection
            const wanted = (key: string) =>
              (partitionKey === undefined || contract.partitionKey(key) === partitionKey) && ofKey?.(key) !== false
            const pageBytes = sections.length > 1 ? manyPageBytes : onePageBytes
            return mergeSections({ decoder, wanted, learning, pageBytes }, sections)
          })
        ).pipe(Stream.provideContext(services))

      const lookBack = Effect.fnUntraced(function* <A, E, R>(
        contract: TopicContract<A>,
        from: { readonly beforeMs: number; readonly partitionKey?: string },
        visit: (window: Stream.Stream<Recorded<A>, HistoryError>, fromMs: number) => Effect.Effect<boolean, E, R>
      ) {
        const topic = yield* Effect.mapError(topics.declared(contract.name), unreadable(contract.name))
        const of = from.partitionKey === undefined ? {} : { partitionKey: from.partitionKey }
        const left = yield* Effect.provideContext(leftOf(topic, of), services)
        let toMs = from.beforeMs
        let fromMs = toMs - firstWindowMs
        while (toMs > left.oldestMs) {
          const window = fromMs > left.oldestMs ? { fromMs, toMs, whatIsLeft: true } : { toMs }
          const startMs = window.fromMs ?? Number.NEGATIVE_INFINITY
          if (!(yield* visit(records(contract, { ...of, ...window }), startMs))) return undefined
          const lengthMs = (toMs - fromMs) * windowGrowth
          toMs = startMs
          fromMs = toMs - lengthMs
        }
        return { complete: left.complete, oldestMs: left.complete ? undefined : left.oldestMs }
      })

      return History.of({
        records,
        lookBack,
        ticksOf: (market) => Effect.provideContext(openTickLog(market), services)
      })
    })
  )
}
