import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { KeyScheduler, reserveOf } from "../src/index.ts"

interface TestJob {
  readonly key: string
  readonly lane: number
  readonly sequence: number
}

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const Step = Schema.Union([
  Schema.TaggedStruct("add", { key: between(0, 4), lane: between(0, 2) }),
  Schema.TaggedStruct("take", {}),
  Schema.TaggedStruct("finish", { pick: between(0, 100) }),
  Schema.TaggedStruct("wait", { pick: between(0, 100) }),
  Schema.TaggedStruct("retry", { pick: between(0, 100) })
])
type Step = typeof Step.Type

const limits = { lanes: 3, concurrency: 4, reserve: 1, shareEvery: 20 }

/** Plays the steps and checks the promises at each of them; returns the order in which jobs finished. */
const play = (steps: ReadonlyArray<Step>): { readonly added: number; readonly finished: ReadonlyArray<TestJob> } => {
  const scheduler = new KeyScheduler<TestJob>(limits)
  const running: Array<TestJob> = []
  const waiting: Array<TestJob> = []
  const finished: Array<TestJob> = []
  let sequence = 0
  const takeOut = (from: Array<TestJob>, pick: number) => from.splice(pick % Math.max(1, from.length), 1)[0]
  const take = () => {
    const job = scheduler.take()
    if (job === undefined) return
    assert.isFalse(
      running.some(({ key }) => key === job.key),
      "a key runs twice"
    )
    running.push(job)
    assert.isAtMost(running.length, limits.concurrency)
    assert.isAtMost(running.filter(({ lane }) => lane > 0).length, limits.concurrency - limits.reserve)
  }
  for (const step of steps) {
    if (step._tag === "add") scheduler.add({ key: String(step.key), lane: step.lane, sequence: sequence++ })
    if (step._tag === "take") take()
    if (step._tag === "finish") {
      const job = takeOut(running, step.pick)
      if (job === undefined) continue
      scheduler.finish(job)
      finished.push(job)
    }
    if (step._tag === "wait") {
      const job = takeOut(running, step.pick)
      if (job === undefined) continue
      scheduler.waitForRetry(job)
      waiting.push(job)
    }
    if (step._tag === "retry") {
      const job = takeOut(waiting, step.pick)
      if (job !== undefined) scheduler.retry(job)
    }
  }
  for (const job of waiting.splice(0)) scheduler.retry(job)
  for (let rounds = 0; finished.length < sequence && rounds < 10_000; rounds++) {
    take()
    const job = running.shift()
    if (job === undefined) continue
    scheduler.finish(job)
    finished.push(job)
  }
  return { added: sequence, finished }
}

/**
 * @guarantee records: Records of a key run in order and one at a time, keys side by side, more than there are
 *   partitions
 * @how a scheduler by key; a model with random histories
 */
it.effect.prop(
  "loses nothing, runs a key once at a time, keeps the order of a key within its lane and the reserve free",
  [Schema.Array(Step)],
  ([steps]) =>
    Effect.sync(() => {
      const { added, finished } = play([...steps, ...steps, ...steps])
      assert.strictEqual(new Set(finished.map(({ sequence }) => sequence)).size, added)
      const newest = new Map<string, number>()
      for (const { key, lane, sequence } of finished) {
        const place = `${key}/${lane}`
        assert.isAbove(sequence, newest.get(place) ?? -1, `order of ${place}`)
        newest.set(place, sequence)
      }
    })
)

const job = (key: string, lane: number, sequence = 0): TestJob => ({ key, lane, sequence })

/**
 * @guarantee records: A critical record overtakes any backlog of lower lanes; a lower lane never stands still
 * @how a reserve of places, and one in twenty for a lower lane
 */
it("takes a critical job before any number of waiting low ones", () => {
  const scheduler = new KeyScheduler<TestJob>(limits)
  for (let n = 0; n < 1_000; n++) scheduler.add(job(`low-${n}`, 2))
  scheduler.add(job("urgent", 0))
  assert.strictEqual(scheduler.take()?.key, "urgent")
})

/** @guarantee records: A critical record overtakes any backlog of lower lanes; a lower lane never stands still */
it("keeps a place free for the critical lane however many lower jobs wait", () => {
  const scheduler = new KeyScheduler<TestJob>({ lanes: 3, concurrency: 10, reserve: reserveOf(10, 3), shareEvery: 20 })
  for (let n = 0; n < 100; n++) scheduler.add(job(`low-${n}`, 2))
  let taken = 0
  while (scheduler.take() !== undefined) taken++
  assert.strictEqual(taken, 8)
  scheduler.add(job("urgent", 0))
  assert.strictEqual(scheduler.take()?.key, "urgent")
})

/** @guarantee records: A critical record overtakes any backlog of lower lanes; a lower lane never stands still */
it("serves a lower lane once in twenty jobs while a higher one never runs dry", () => {
  const scheduler = new KeyScheduler<TestJob>(limits)
  scheduler.add(job("low", 2))
  let before = 0
  for (let n = 0; n < 50; n++) {
    scheduler.add(job(`urgent-${n}`, 0))
    const taken = scheduler.take()!
    scheduler.finish(taken)
    if (taken.key === "low") break
    before++
  }
  assert.strictEqual(before, 20)
})

it("lets a critical job of a key overtake one that waits for its next attempt", () => {
  const scheduler = new KeyScheduler<TestJob>(limits)
  scheduler.add(job("a", 2, 1))
  const low = scheduler.take()!
  scheduler.waitForRetry(low)
  assert.isUndefined(scheduler.take())
  scheduler.add(job("a", 0, 2))
  const critical = scheduler.take()!
  assert.strictEqual(critical.sequence, 2)
  scheduler.finish(critical)
  assert.isUndefined(scheduler.take())
  scheduler.retry(low)
  assert.strictEqual(scheduler.take()?.sequence, 1)
})

/** @guarantee operation: A lane can be paused and resumed at run time */
it("takes nothing of a paused lane, and goes on with the others", () => {
  const scheduler = new KeyScheduler<TestJob>(limits)
  scheduler.setPaused(0, true)
  scheduler.add(job("urgent", 0))
  scheduler.add(job("low", 2))
  assert.strictEqual(scheduler.take()?.key, "low")
  assert.isUndefined(scheduler.take())
  scheduler.setPaused(0, false)
  assert.strictEqual(scheduler.take()?.key, "urgent")
})

it("forgets dropped jobs, their waits and their keys", () => {
  const scheduler = new KeyScheduler<TestJob>(limits)
  scheduler.add(job("a", 1, 1))
  scheduler.add(job("a", 1, 2))
  const first = scheduler.take()!
  scheduler.waitForRetry(first)
  scheduler.drop(({ sequence }) => sequence === 1)
  assert.strictEqual(scheduler.queued(1), 1)
  assert.strictEqual(scheduler.take()?.sequence, 2)
})

it("reserves a fifth of the places, at least one, never all, and none for a single lane", () => {
  assert.deepStrictEqual(
    [reserveOf(10, 3), reserveOf(50, 2), reserveOf(3, 2), reserveOf(1, 2), reserveOf(10, 1)],
    [2, 10, 1, 0, 0]
  )
})
