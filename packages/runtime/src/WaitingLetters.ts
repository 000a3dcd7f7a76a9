import type { RecordCodec, Topic, TopicsFile } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { Effect } from "effect"
import { type DeadLetterMarks, kafkaFailed, makeDeadLetterMarks } from "./DeadLetterMarks.ts"
import { defaultQuarantineAfter } from "./DeadLetterSelection.ts"
import { scanDeadLetters } from "./scanDeadLetters.ts"
import type { TriageFailed } from "./TriageFailed.ts"

/** How many letters of a topic wait for somebody. */
export interface WaitingCounts {
  readonly open: number
  readonly quarantined: number
}

interface Waiting {
  readonly partition: number
  readonly offset: number
  readonly quarantined: boolean
}

/**
 * The letters of one topic that nobody has replayed, edited or purged yet, kept up to date look by look.
 *
 * Each letter and each mark is read once; a look at dead letters that did not change asks for their bounds and, unless
 * they are empty, for the end of the marks. Some 100 bytes are held for each letter that waits and for each mark.
 */
export class WaitingLetters {
  readonly topic: Topic
  private readonly marks: DeadLetterMarks
  private readonly waiting = new Map<string, Waiting>()
  private readonly positions = new Map<number, number>()

  private constructor(topic: Topic, marks: DeadLetterMarks) {
    this.topic = topic
    this.marks = marks
  }

  static readonly make = (
    topic: Topic
  ): Effect.Effect<WaitingLetters, TriageFailed, KafkaClient | TopicsFile | RecordCodec> =>
    Effect.map(makeDeadLetterMarks(topic), (marks) => new WaitingLetters(topic, marks))

  readonly look: Effect.Effect<WaitingCounts, TriageFailed, KafkaClient> = Effect.gen({ self: this }, function* () {
    const { admin } = yield* KafkaClient
    const bounds = yield* Effect.mapError(admin.offsets(this.topic.deadLetters.topic), kafkaFailed(this.topic.name))
    if (bounds.every(({ start, end }) => start === end)) {
      this.waiting.clear()
      for (const { partition, end } of bounds) this.positions.set(partition, end)
      return this.counts
    }
    yield* this.marks.refresh("visible")
    for (const { partition, start, end } of bounds) {
      const wasReplaced = (this.positions.get(partition) ?? 0) > end
      if (wasReplaced) this.positions.delete(partition)
      this.forget((one) => one.partition === partition && (wasReplaced || one.offset < start))
    }
    yield* scanDeadLetters(
      this.topic,
      (page) =>
        Effect.sync(() => {
          for (const { id, offset, partition, replayCount } of page) {
            const quarantined = replayCount >= defaultQuarantineAfter
            if (!this.waiting.has(id)) this.waiting.set(id, { partition, offset, quarantined })
            this.positions.set(partition, offset + 1)
          }
          return true
        }),
      ({ partition, start }) => this.positions.get(partition) ?? start
    )
    this.forget((_, id) => this.marks.get(id) !== undefined)
    return this.counts
  })

  private forget(gone: (one: Waiting, id: string) => boolean): void {
    for (const [id, one] of this.waiting) if (gone(one, id)) this.waiting.delete(id)
  }

  /** As of the last look. */
  get counts(): WaitingCounts {
    let quarantined = 0
    for (const one of this.waiting.values()) if (one.quarantined) quarantined += 1
    return { open: this.waiting.size - quarantined, quarantined }
  }
}
