/** Who may begin beside whom after the process ended: in memory, with commits that pass when the test says so. */
import { assert, it } from "@effect/vitest"
import { waitingBehind } from "../src/Admissions.ts"
import { CrashGuard } from "../src/CrashGuard.ts"
import type { InputPartition, RecordJob } from "../src/RecordJob.ts"
import { Suspects } from "../src/Suspects.ts"

const bench = () => {
  const guard = new CrashGuard(
    { done: [], open: { crashes: 1, upto: 10 } },
    { startOffset: 0, endOffset: 10 },
    { window: 100, chunk: 4, alone: 2 }
  )
  const source = { waiting: waitingBehind(guard) } as unknown as InputPartition
  const commits: Array<() => void> = []
  const begun: Array<number> = []
  const dropped: Array<number> = []
  const suspects = new Suspects({
    commit: (done) => commits.push(done),
    begin: (job) => begun.push(job.fetched.record.offset),
    dropped: (job) => {
      dropped.push(job.fetched.record.offset)
      suspects.survived(job)
    }
  })
  const job = (offset: number, kind: "suspect" | "careful" | "calm") =>
    ({
      source,
      fetched: { record: { offset } },
      suspected: kind === "suspect" ? 0 : undefined,
      careful: kind === "careful"
    }) as RecordJob
  const pass = () => {
    for (const done of commits.splice(0)) done()
  }
  return { guard, suspects, begun, dropped, job, pass }
}

const counts = ({ guard }: ReturnType<typeof bench>) =>
  guard.markAt(0).suspects?.map(({ crashes, offset }) => `${offset}:${crashes}`) ?? []

it("begins a suspect after its mark, at each of its attempts, and the next one after it", () => {
  const all = bench()
  const [first, second] = [all.job(1, "suspect"), all.job(2, "suspect")]
  all.suspects.begin(first)
  all.suspects.begin(second)
  assert.deepStrictEqual([all.begun, counts(all)], [[], ["1:1"]])
  all.pass()
  assert.deepStrictEqual(all.begun, [1])
  all.suspects.survived(first)
  all.pass()
  assert.deepStrictEqual([all.begun, counts(all)], [[1, 2], ["2:1"]])
  all.suspects.begin(first)
  all.suspects.survived(second)
  assert.deepStrictEqual(counts(all), ["1:1"])
  all.pass()
  assert.deepStrictEqual(all.begun, [1, 2, 1])
})

it("begins careful records neither beside a suspect nor before its mark is taken back; others at once", () => {
  const all = bench()
  const [suspect, before] = [all.job(3, "suspect"), all.job(1, "careful")]
  all.suspects.begin(before)
  all.suspects.begin(suspect)
  all.pass()
  assert.deepStrictEqual(all.begun, [1])
  all.suspects.survived(before)
  all.pass()
  all.suspects.begin(all.job(4, "careful"))
  all.suspects.begin(all.job(5, "calm"))
  assert.deepStrictEqual(all.begun, [1, 3, 5])
  all.suspects.survived(suspect)
  assert.deepStrictEqual([all.begun, counts(all)], [[1, 3, 5], []])
  all.pass()
  assert.deepStrictEqual(all.begun, [1, 3, 5, 4])
})

it("drops what has not begun, and lets go on what has", () => {
  const all = bench()
  const [running, waiting] = [all.job(1, "suspect"), all.job(2, "suspect")]
  all.suspects.begin(running)
  all.pass()
  all.suspects.begin(waiting)
  all.suspects.begin(all.job(3, "careful"))
  all.suspects.drop()
  assert.deepStrictEqual([all.begun, all.dropped], [[1], [2, 3]])
  const other = bench()
  other.suspects.begin(other.job(1, "suspect"))
  other.suspects.drop()
  other.pass()
  assert.deepStrictEqual([other.begun, other.dropped, counts(other)], [[], [1], []])
})
