import { KafkaClient } from "@millrace/kafka"
import { type Incoming, keyText, type RecordDecoder } from "@millrace/runtime"
import { Effect, Result, type Semaphore } from "effect"
import type { HistoryError } from "./HistoryError.ts"
import { beyond, type Section, unreadable } from "./Section.ts"

/** A record as it was written; the value is `null` for a tombstone. */
export type Recorded<A> = Incoming<A | null>

/** What every cursor of a reading shares. */
export interface CursorParts<A> {
  readonly decoder: RecordDecoder<A>
  readonly wanted: (key: string) => boolean
  /** One asks the registry for a schema id that is new; the others find it known then. */
  readonly learning: Semaphore.Semaphore
  readonly pageBytes: number
}

/**
 * Reads a section page by page; one page is in memory at a time.
 *
 * A record that can't be decoded is left out, as every worker sets it aside: it had no effect.
 */
export class SectionCursor<A> {
  private readonly parts: CursorParts<A>
  private readonly section: Section
  private next: number
  private page: ReadonlyArray<Recorded<A>> = []
  private at = 0

  constructor(parts: CursorParts<A>, section: Section) {
    this.parts = parts
    this.section = section
    this.next = section.from
  }

  /** The next record, when its page was read. */
  get head(): Recorded<A> | undefined {
    return this.page[this.at]
  }

  /** Nothing is left, read or not. */
  get ended(): boolean {
    return this.head === undefined && this.next >= this.section.to
  }

  /** Takes the next record off. */
  advance(): void {
    this.at += 1
  }

  /** Takes off all that was read. */
  takePage(): ReadonlyArray<Recorded<A>> {
    const taken = this.at === 0 ? this.page : this.page.slice(this.at)
    this.page = []
    this.at = 0
    return taken
  }

  /** Reads until there is a head, or the end. */
  readonly fill: Effect.Effect<void, HistoryError, KafkaClient> = Effect.suspend(() =>
    this.head !== undefined || this.ended ? Effect.void : Effect.andThen(this.readPage, this.fill)
  )

  private readonly readPage: Effect.Effect<void, HistoryError, KafkaClient> = Effect.gen({ self: this }, function* () {
    const { admin } = yield* KafkaClient
    const { lane, partition, to } = this.section
    const place = { topic: lane.topic, partition, offset: this.next, maxBytes: this.parts.pageBytes }
    const read = yield* Effect.mapError(admin.read(place), unreadable(lane.topic))
    if (read.startOffset > this.next) {
      const oldestMs = read.records[0]?.timestampMs
      return yield* beyond("Records were deleted while they were read", this.section, oldestMs ?? 0, oldestMs)
    }
    const page: Array<Recorded<A>> = []
    for (const record of read.records) {
      if (record.offset >= to) break
      const fetched = { topic: lane.topic, lane: lane.name, partition, record, fetchedAtMs: 0 }
      const key = keyText(fetched)
      if (!this.parts.wanted(key)) continue
      const now = this.parts.decoder.decodeNow(fetched, key, 1)
      if (Result.isSuccess(now)) page.push(now.success)
      else if (now.failure._tag === "UnknownSchemaId") {
        const learned = yield* this.parts.decoder.decode(fetched, 1).pipe(
          this.parts.learning.withPermits(1),
          Effect.catchTag(["Undecodable", "MalformedRecord"], () => Effect.succeed(undefined)),
          Effect.mapError(unreadable(lane.topic))
        )
        if (learned !== undefined) page.push(learned)
      }
    }
    this.page = page
    this.at = 0
    this.next = read.nextOffset > this.next ? read.nextOffset : to
  })
}
