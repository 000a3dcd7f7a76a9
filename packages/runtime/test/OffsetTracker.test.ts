import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { decodeNote, encodeNote } from "../src/CommitNote.ts"
import { OffsetTracker } from "../src/index.ts"

/** The reference: offsets handed out and not finished, in read order. */
interface Model {
  readonly inFlight: ReadonlyArray<number>
  readonly next: number
}
const committable = (model: Model): number => model.inFlight[0] ?? model.next

const Step = Schema.Union([
  Schema.TaggedStruct("read", { gap: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 })) }),
  Schema.TaggedStruct("finish", { pick: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000 })) }),
  Schema.TaggedStruct("skip", { gap: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 })) })
])

/**
 * @guarantee records: An unfinished record's offset is never committed
 * @how a tracker checked against a list of unfinished offsets
 */
it.effect.prop("agrees with the list of unfinished offsets after every step", [Schema.Array(Step)], ([steps]) =>
  Effect.sync(() => {
    const tracker = new OffsetTracker(100)
    let model: Model = { inFlight: [], next: 100 }
    const tickets = new Map<number, number>()
    for (const step of [...steps, ...steps, ...steps]) {
      if (step._tag === "read") {
        const offset = model.next + step.gap
        tickets.set(offset, tracker.read(offset))
        model = { inFlight: [...model.inFlight, offset], next: offset + 1 }
      } else if (step._tag === "skip") {
        tracker.skipTo(model.next + step.gap)
        model = { ...model, next: model.next + step.gap }
      } else {
        const offset = model.inFlight[step.pick % Math.max(1, model.inFlight.length)]
        if (offset === undefined) continue
        tracker.finish(tickets.get(offset)!)
        model = { ...model, inFlight: model.inFlight.filter((other) => other !== offset) }
      }
      assert.strictEqual(tracker.committable, committable(model))
      assert.strictEqual(tracker.inFlight, model.inFlight.length)
      assert.strictEqual(tracker.next, model.next)
    }
  })
)

it("keeps its place through thousands of unfinished records and finishes them in reverse", () => {
  const tracker = new OffsetTracker(0)
  const tickets = Array.from({ length: 10_000 }, (_, offset) => tracker.read(offset))
  for (const ticket of tickets.slice(1).reverse()) tracker.finish(ticket)
  assert.strictEqual(tracker.committable, 0)
  tracker.finish(tickets[0]!)
  assert.strictEqual(tracker.committable, 10_000)
})

it("does not count a record twice that is finished twice", () => {
  const tracker = new OffsetTracker(7)
  const first = tracker.read(7)
  tracker.read(8)
  tracker.finish(first)
  tracker.finish(first)
  assert.strictEqual(tracker.committable, 8)
  assert.strictEqual(tracker.inFlight, 1)
})

/**
 * @guarantee records: A record finished above the committed offset does not come again after a crash
 * @how finished offsets are remembered in the commit's metadata, up to 4,000 bytes
 */
it.effect.prop(
  "gives again after a restart what was not finished and nothing else, whatever was finished above the commit",
  [Schema.Array(Schema.Array(Schema.Boolean))],
  ([lives]) =>
    Effect.sync(() => {
      const total = 200
      const done = new Set<number>()
      let committed = 0
      let metadata = ""
      for (const life of lives) {
        const tracker = new OffsetTracker(committed, decodeNote(metadata, committed).done)
        // A life may end before it has read all that an earlier one had finished.
        const readTo = Math.min(total, committed + 2 * life.length)
        for (let offset = committed; offset < readTo; offset++) {
          const ticket = tracker.read(offset)
          assert.strictEqual(ticket < 0, done.has(offset), `offset ${offset}`)
          if (ticket < 0 || life[offset % life.length] !== true) continue
          tracker.finish(ticket)
          done.add(offset)
        }
        committed = tracker.committable
        metadata = encodeNote({ done: tracker.done }, committed).text
        assert.strictEqual(
          [...Array(committed).keys()].every((offset) => done.has(offset)),
          true
        )
      }
    })
)
