/** How long the commits of an input say that its partitions are held. */
import { assert, it } from "@effect/vitest"
import { Tenure } from "../src/Tenure.ts"

const bench = (commits: Array<() => void> | undefined) => {
  const state = { busy: true, idle: 0 }
  const tenure = new Tenure({
    busy: () => state.busy,
    commit: commits === undefined ? undefined : (done) => commits.push(done),
    idle: () => state.idle++
  })
  tenure.begin()
  return { state, tenure }
}

it("says that partitions are held as long as handlers run, but no longer than the drain time", () => {
  const { state, tenure } = bench(undefined)
  tenure.stop()
  assert.deepStrictEqual([tenure.stopped, tenure.open, tenure.isIdle()], [true, true, false])
  tenure.drained()
  assert.isFalse(tenure.open)
  const other = bench(undefined)
  other.tenure.stop()
  other.state.busy = false
  other.tenure.tell()
  assert.deepStrictEqual([other.tenure.open, other.state.idle], [false, 1])
  assert.strictEqual(state.idle, 0)
})

it("commits once more by itself where its group does not, when nothing runs any more", () => {
  const commits: Array<() => void> = []
  const { state, tenure } = bench(commits)
  tenure.stop()
  assert.strictEqual(commits.length, 0)
  state.busy = false
  tenure.tell()
  tenure.tell()
  assert.deepStrictEqual([commits.length, tenure.isIdle()], [1, false])
  commits[0]!()
  assert.deepStrictEqual([tenure.isIdle(), state.idle], [true, 1])
})
