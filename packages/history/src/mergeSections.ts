import type { KafkaClient } from "@millrace/kafka"
import { Effect, Option, Stream } from "effect"
import type { HistoryError } from "./HistoryError.ts"
import type { Section } from "./Section.ts"
import { type CursorParts, type Recorded, SectionCursor } from "./SectionCursor.ts"

/** Sections are filled side by side, so many at once. */
const concurrency = 4

/**
 * Returns the records of all sections as one stream, by wall time; within a partition always in its own order.
 *
 * A page of each section is in memory, no more.
 */
export const mergeSections = <A>(
  parts: CursorParts<A>,
  sections: ReadonlyArray<Section>
): Stream.Stream<Recorded<A>, HistoryError, KafkaClient> =>
  Stream.suspend(() => {
    const cursors = sections.map((section) => new SectionCursor(parts, section))
    return Stream.paginate(cursors, (all: ReadonlyArray<SectionCursor<A>>) =>
      Effect.gen(function* () {
        yield* Effect.forEach(all, (cursor) => cursor.fill, { concurrency, discard: true })
        const live = all.filter((cursor) => !cursor.ended)
        if (live.length === 0) return [[], Option.none()] as const
        return [live.length === 1 ? live[0]!.takePage() : takeMerged(live), Option.some(live)] as const
      })
    )
  })

/** The earliest records, until one section has to be read on. */
const takeMerged = <A>(live: ReadonlyArray<SectionCursor<A>>): ReadonlyArray<Recorded<A>> => {
  const taken: Array<Recorded<A>> = []
  for (;;) {
    let first: SectionCursor<A> | undefined
    for (const cursor of live) {
      const { head } = cursor
      if (head === undefined) return taken
      if (first === undefined || head.timestampMs < first.head!.timestampMs) first = cursor
    }
    taken.push(first!.head!)
    first!.advance()
  }
}
