/** Benchmarks say what they ask, and a stored baseline catches what became slower. */
import { assert, describe, it } from "@effect/vitest"
import { compareWithBaseline } from "../../benchmarks/stage/baseline.ts"
import { figureOf, percentile } from "../../benchmarks/stage/figures.ts"
import { openLoop } from "../../benchmarks/stage/openLoop.ts"
import type { Report } from "../../benchmarks/stage/report.ts"
import { expectWhole, Tally } from "../../benchmarks/stage/tally.ts"
import { filesMatching, none } from "./sourceTree.ts"

it("every benchmark says in its first line what it asks or does", () => {
  const files = filesMatching(/^benchmarks\/[^/]+\.ts$/u)
  assert.isAtLeast(files.length, 8)
  assert.deepStrictEqual(
    files.filter(({ text }) => !/^\/\/ [A-Z].{20,}[?.]\s*$/mu.test(text.split("\n")[0]!)).map(({ path }) => path),
    none
  )
})

const machine = { processor: "P", cores: 2, memoryGiB: 24, system: "linux" }
const report = (rate: number, changes: Partial<Report> = {}): Report => ({
  benchmark: "b",
  question: "",
  at: "",
  commit: "",
  command: "",
  machine,
  versions: {},
  settings: { records: 1 },
  figures: [figureOf("rate", "records/s", [rate], { guarded: true })],
  targets: [],
  notes: [],
  ...changes
})
const baseline = {
  b: {
    machine,
    commit: "",
    at: "",
    settings: { records: 1 },
    figures: { rate: { median: 100, better: "higher" as const } }
  }
}

describe("the baseline", () => {
  it("lets through what is at least 0.85 of it, and fails what is less", () => {
    assert.deepStrictEqual(compareWithBaseline(report(85), baseline), none)
    assert.match(compareWithBaseline(report(84), baseline).join(), /rate is 84, 0\.84 of the baseline's 100/u)
  })

  it("fails a figure that was not measured, other settings, another machine, and its own absence", () => {
    assert.lengthOf(compareWithBaseline(report(100, { figures: [] }), baseline), 1)
    assert.lengthOf(compareWithBaseline(report(100, { settings: { records: 2 } }), baseline), 1)
    assert.lengthOf(compareWithBaseline(report(100, { machine: { ...machine, cores: 4 } }), baseline), 1)
    assert.lengthOf(compareWithBaseline(report(100), {}), 1)
  })
})

describe("a count", () => {
  const counted = (...numbers: ReadonlyArray<number>) => {
    const tally = new Tally(4, 2)
    for (const n of numbers) tally.note(n)
    return tally.count()
  }

  it("passes when each record came once, in the order of its key", () => {
    expectWhole("peer", counted(1, 0, 2, 3))
  })

  it("fails on a record that is lost, doubled, or out of its key's order", () => {
    for (const numbers of [
      [0, 1, 2],
      [0, 1, 2, 3, 3],
      [2, 0, 1, 3]
    ]) {
      assert.throws(() => expectWhole("peer", counted(...numbers)))
    }
  })
})

it("a percentile is a figure that was measured", () => {
  const figures = Array.from({ length: 100 }, (_, n) => 100 - n)
  assert.deepStrictEqual(
    [0.5, 0.95, 0.99, 1].map((share) => percentile(figures, share)),
    [50, 95, 99, 100]
  )
})

it("the pace of sends stays when a send is slow, and counts from the intended time", async () => {
  const sent: Array<number> = []
  const intended = await openLoop(20, 1_000, async (index) => {
    sent.push(index)
    await new Promise((resolve) => setTimeout(resolve, 50))
  })
  assert.deepStrictEqual(
    sent,
    Array.from({ length: 20 }, (_, index) => index)
  )
  assert.closeTo(intended[19]! - intended[0]!, 19, 0.001)
})
