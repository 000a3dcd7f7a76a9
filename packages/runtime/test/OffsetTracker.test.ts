import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
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
