/**
 * Lives of a process that a poisonous record ends: each goes on from what the one before had committed when it ended.
 *
 * @guarantee records: A record that ends the process again and again is set aside, and no other is
 * @how each begun record is named in the commit's metadata; suspects run one at a time
 */
import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Admissions, waitingBehind } from "../src/Admissions.ts"
import { decodeNote, encodeNote } from "../src/CommitNote.ts"
import { CrashGuard, type CrashLimits } from "../src/CrashGuard.ts"
import { OffsetTracker } from "../src/OffsetTracker.ts"
import type { InputPartition, RecordJob } from "../src/RecordJob.ts"
import { Suspects } from "../src/Suspects.ts"

const limits: CrashLimits = { window: 100, chunk: 4, alone: 2 }

const total = 30

interface Partition {
  committed: number
  metadata: string
}

interface Outcome {
  readonly handled: Set<string>
  readonly setAside: Set<string>
}

/** The random choices of a life, step by step: which of the begun records ends next, and whether a commit passes. */
type Choices = ReadonlyArray<{ readonly pick: number; readonly commit: boolean }>

const nameOf = (partition: number, offset: number): string => `${partition}/${offset}`

const jobAt = (source: InputPartition, ticket: number, offset: number): RecordJob =>
  ({ source, lane: source.lane, ticket, careful: false, fetched: { record: { offset } } }) as RecordJob

/** Runs a life of a process that holds all partitions, to its end; true when it was a good end. */
const live = (
  partitions: ReadonlyArray<Partition>,
  poison: ReadonlySet<string>,
  choices: Choices,
  outcome: Outcome
): boolean => {
  const sources = partitions.map(({ committed, metadata }, partition) => {
    const note = decodeNote(metadata, committed)
    const guard = new CrashGuard(note, { startOffset: committed, endOffset: total }, limits)
    const tracker = new OffsetTracker(committed, note.done)
    return { partition, lane: partition % 2, waiting: waitingBehind(guard), tracker } as unknown as InputPartition
  })
  const commit = (open: boolean) => {
    for (const [n, { tracker, waiting }] of sources.entries()) {
      const offset = tracker.committable
      const mark = open ? { open: waiting.guard.markAt(offset) } : {}
      partitions[n]!.metadata = encodeNote({ done: tracker.done, ...mark }, offset).text
      partitions[n]!.committed = offset
    }
  }
  const commits: Array<() => void> = []
  const running: Array<RecordJob> = []
  let ended = false
  const admissions = new Admissions(sources, {
    chunk: limits.chunk,
    commit: (done) => commits.push(done),
    admitted: (job) => suspects.begin(job)
  })
  const suspects = new Suspects({
    commit: (done) => commits.push(done),
    dropped: () => assert.fail("nothing is given back while something waits"),
    begin: (job) => {
      const name = nameOf(job.source.partition, job.fetched.record.offset)
      if (job.crashes !== undefined) {
        outcome.setAside.add(name)
        job.source.tracker.finish(job.ticket)
        suspects.survived(job)
      } else if (poison.has(name)) ended = true
      else running.push(job)
    }
  })
  const finishOne = (pick: number) => {
    const [job] = running.splice(pick % running.length, 1)
    job!.source.tracker.finish(job!.ticket)
    outcome.handled.add(nameOf(job!.source.partition, job!.fetched.record.offset))
    suspects.survived(job!)
  }
  admissions.begin()
  for (const [n, source] of sources.entries()) {
    for (let offset = partitions[n]!.committed; offset < total; offset++) {
      const ticket = source.tracker.read(offset)
      if (ticket < 0) continue
      admissions.offer(jobAt(source, ticket, offset))
    }
  }
  for (let step = 0; !ended; step++) {
    const { pick, commit: passes } = choices[step % choices.length] ?? { pick: 0, commit: true }
    if (passes && commits.length > 0) {
      const served = commits.splice(0)
      commit(true)
      for (const done of served) if (!ended) done()
    } else if (running.length > 0) finishOne(pick)
    else if (commits.length > 0) {
      commit(true)
      commits.shift()!()
    } else {
      for (const { tracker } of sources) assert.strictEqual(tracker.committable, total, "something is never begun")
      commit(false)
      return true
    }
  }
  return false
}

const Choice = Schema.Struct({
  pick: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100 })),
  commit: Schema.Boolean
})
const Place = Schema.Tuple([
  Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })),
  Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: total - 1 }))
])
const empty = (): Outcome => ({ handled: new Set(), setAside: new Set() })
const fresh = (metadata = ""): ReadonlyArray<Partition> => Array.from({ length: 4 }, () => ({ committed: 0, metadata }))

it.effect.prop(
  "sets the poisonous records of all lanes aside and no other, and ends after a bounded number of lives",
  [Schema.Array(Place), Schema.Array(Choice)],
  ([places, choices]) =>
    Effect.sync(() => {
      const poison = new Set(places.slice(0, 8).map(([partition, offset]) => nameOf(partition, offset)))
      const outcome = empty()
      const partitions = fresh()
      let lives = 1
      while (!live(partitions, poison, choices, outcome)) {
        lives++
        assert.isAtMost(lives, 1 + poison.size * (2 + limits.alone), "the process ends for ever")
      }
      assert.deepStrictEqual(outcome.setAside, poison)
      assert.strictEqual(outcome.handled.size, 4 * total - poison.size)
      for (const { committed, metadata } of partitions) {
        assert.deepStrictEqual([committed, metadata], [total, ""])
      }
    }),
  { arbitrary: { runs: 1_000 } }
)

it("blames no record for ends that come from outside", () => {
  const outcome = empty()
  const partitions = fresh(encodeNote({ done: [], open: { crashes: 7 } }, 0).text)
  assert.isTrue(live(partitions, new Set(), [{ pick: 0, commit: true }], outcome))
  assert.strictEqual(outcome.setAside.size, 0)
  assert.strictEqual(outcome.handled.size, 4 * total)
})

it("begins nothing that needs care beside a suspect, in whatever lane", () => {
  const order: Array<string> = []
  const marks = [{ crashes: 1, upto: 2 }, { crashes: 1 }]
  const sources = marks.map((open, partition) => {
    const guard = new CrashGuard({ done: [], open }, { startOffset: 0, endOffset: total }, limits)
    return { partition, lane: partition, waiting: waitingBehind(guard), tracker: new OffsetTracker(0) }
  }) as unknown as ReadonlyArray<InputPartition>
  const begun: Array<RecordJob> = []
  const suspects = new Suspects({
    commit: (done) => done(),
    dropped: () => assert.fail("nothing is given back"),
    begin: (job) => {
      order.push(nameOf(job.source.partition, job.fetched.record.offset))
      begun.push(job)
    }
  })
  const admissions = new Admissions(sources, {
    chunk: limits.chunk,
    commit: (done) => done(),
    admitted: (job) => suspects.begin(job)
  })
  admissions.begin()
  for (const offset of [0, 1, 2]) {
    for (const source of sources) admissions.offer(jobAt(source, source.tracker.read(offset), offset))
  }
  assert.deepStrictEqual(order, ["0/0"])
  suspects.survived(begun[0]!)
  assert.deepStrictEqual(order, ["0/0", "0/1"])
  suspects.survived(begun[1]!)
  assert.deepStrictEqual(order.toSorted(), ["0/0", "0/1", "0/2", "1/0", "1/1", "1/2"])
})

it("keeps its care and counts when partitions are given back well before it is over", () => {
  const place = { startOffset: 5, endOffset: 50 }
  const open = { crashes: 1, upto: 9, suspects: [{ offset: 7, crashes: 1 }] }
  const first = new CrashGuard({ done: [], open }, place, limits)
  const closed = first.closedAt(5)
  assert.deepStrictEqual(closed, { ...open, crashes: 2, closed: true })
  const again = decodeNote(encodeNote({ done: [], open: closed! }, 5).text, 5)
  const second = new CrashGuard(again, place, limits)
  assert.strictEqual(second.uncleanEnds, 2, "a good end adds nothing")
  assert.deepStrictEqual(second.admit(7), { _tag: "Alone", crashes: 1 })
  assert.isUndefined(second.closedAt(50), "all that was to be looked at is done")
})

it("counts the ends with each of several suspects", () => {
  const guard = new CrashGuard(
    { done: [], open: { crashes: 1, upto: 9, suspects: [{ offset: 7, crashes: 1 }] } },
    { startOffset: 5, endOffset: 50 },
    limits
  )
  guard.nameAlone({ offset: 5, crashes: 1 })
  const next = new CrashGuard({ done: [], open: guard.markAt(5) }, { startOffset: 5, endOffset: 50 }, limits)
  assert.deepStrictEqual(
    [5, 6, 7].map((offset) => next.admit(offset)),
    [1, 0, 1].map((crashes) => ({ _tag: "Alone" as const, crashes }))
  )
})

it("takes care of what began behind a record that waits", () => {
  const note = { done: [{ from: 11, to: 400 }], open: { crashes: 0 } }
  const guard = new CrashGuard(note, { startOffset: 10, endOffset: 1_000 }, limits)
  assert.isFalse(guard.isCalmAt(499))
  assert.isTrue(guard.isCalmAt(500))
})

it("costs one commit for an assignment, and none for its records, as long as all ends well", () => {
  const guard = new CrashGuard({ done: [] }, { startOffset: 10, endOffset: 1_000 }, limits)
  for (let offset = 10; offset < 5_000; offset++) assert.isTrue(guard.isCalmAt(offset))
  assert.deepStrictEqual(guard.markAt(10), { crashes: 0 })
  assert.deepStrictEqual(guard.markAt(500), { crashes: 0 })
})
