import { assert, it } from "@effect/vitest"
import { type FaultName, faultKinds, faultNames, faultSchedule, faultsFor } from "@millrace/chaos"

const options = { seed: 7, seconds: 600, kinds: faultsFor(3) }

it("gives the same faults for the same seed, and others for another one", () => {
  assert.deepStrictEqual(faultSchedule(options), faultSchedule(options))
  assert.notDeepEqual(faultSchedule(options), faultSchedule({ ...options, seed: 8 }))
})

it("has every kind once before one comes again", () => {
  const first = faultSchedule(options)
    .slice(0, options.kinds.length)
    .map(({ kind }) => kind)
  assert.deepStrictEqual(first.toSorted(), options.kinds.toSorted())
})

it("keeps each fault within its kind's length, and inside the run", () => {
  for (const { atSeconds, forSeconds, kind } of faultSchedule(options)) {
    const [shortest, longest] = faultKinds[kind].seconds
    assert.isAtLeast(forSeconds, shortest)
    assert.isAtMost(forSeconds, longest)
    assert.isAtMost(atSeconds + forSeconds, options.seconds)
  }
})

it("leaves out what one broker can't have, and what has to be asked for by name", () => {
  const out: ReadonlyArray<FaultName> = ["broker-frozen", "broker-disk-full", "killer-record"]
  assert.deepStrictEqual(faultNames.filter((name) => !faultsFor(1).includes(name)).toSorted(), out.toSorted())
})
