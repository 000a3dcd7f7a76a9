import { type MarketTick, marketTicks, partitionOf, type RecordCodec, TopicsFile } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { makeRecordDecoder } from "@millrace/runtime"
import { Effect, Semaphore } from "effect"
import type { HistoryError } from "./HistoryError.ts"
import { unreadable } from "./Section.ts"
import { type Recorded, SectionCursor } from "./SectionCursor.ts"

/** A tick as recorded; its record's timestamp is the wall time of its publication. */
export type RecordedTick = Recorded<MarketTick> & { readonly value: MarketTick }

/** The ticks of one market, by offset: single ones are looked at, wherever they lie. */
export interface TickLog {
  readonly start: number
  readonly end: number
  /** The first tick at or after an offset; undefined: there is none. */
  readonly tickFrom: (offset: number) => Effect.Effect<RecordedTick | undefined, HistoryError>
  /** Ticks from an offset up to and without another. */
  readonly ticksIn: (from: number, to: number) => Effect.Effect<ReadonlyArray<RecordedTick>, HistoryError>
  /** Offset of the first record at or after a wall time. */
  readonly offsetAt: (wallMs: number) => Effect.Effect<number, HistoryError>
}

/** Some ticks, and yet at least one: reading single ones must not fetch megabytes. */
const pageBytes = 4_096

/** Opens the partition of market-ticks that has a market's ticks. */
export const openTickLog = Effect.fnUntraced(function* (
  market: string
): Effect.fn.Return<TickLog, HistoryError, KafkaClient | RecordCodec | TopicsFile> {
  const services = yield* Effect.context<KafkaClient | RecordCodec>()
  const { admin } = yield* KafkaClient
  const topics = yield* TopicsFile
  const topic = yield* Effect.mapError(topics.declared(marketTicks.name), unreadable(marketTicks.name))
  const lane = topic.lanes[0]!
  const decoder = yield* makeRecordDecoder(marketTicks)
  const learning = yield* Semaphore.make(1)
  const bounds = yield* Effect.mapError(admin.offsets(lane.topic), unreadable(lane.topic))
  const partition = partitionOf(marketTicks, market, bounds.length)
  const { end, start } = bounds.find((one) => one.partition === partition) ?? { start: 0, end: 0 }
  const cursor = (from: number, to: number) =>
    new SectionCursor(
      { decoder, wanted: (key) => key === market, learning, pageBytes },
      { lane, partition, start, from: Math.max(start, from), to: Math.min(to, end) }
    )
  const tickFrom: TickLog["tickFrom"] = (offset) => {
    const reading = cursor(offset, end)
    return Effect.map(reading.fill, () => reading.head as RecordedTick | undefined).pipe(
      Effect.provideContext(services)
    )
  }
  const ticksIn: TickLog["ticksIn"] = (from, to) =>
    Effect.gen(function* () {
      const reading = cursor(from, to)
      const ticks: Array<RecordedTick> = []
      while (!reading.ended) {
        yield* reading.fill
        ticks.push(...(reading.takePage() as ReadonlyArray<RecordedTick>))
      }
      return ticks
    }).pipe(Effect.provideContext(services))
  const offsetAt: TickLog["offsetAt"] = (wallMs) =>
    Effect.map(
      Effect.mapError(admin.offsetsAt(lane.topic, wallMs), unreadable(lane.topic)),
      (found) => found.find((one) => one.partition === partition)?.offset ?? end
    )
  return { start, end, tickFrom, ticksIn, offsetAt }
})
