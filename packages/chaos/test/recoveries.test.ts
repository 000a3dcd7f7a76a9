import { assert, it } from "@effect/vitest"
import { type History, recoveries } from "@millrace/chaos"

type Effect = History["effects"][number]

/** An effect of one of two partitions: sent, then applied, in seconds. */
const effect = (partition: number, sentSeconds: number, atSeconds: number): Effect => ({
  id: `${partition}-${sentSeconds}`,
  key: "k",
  lane: "normal",
  partition,
  n: 1,
  sentAtMs: sentSeconds * 1_000,
  signedAtMs: 0,
  fence: 1,
  worker: "w",
  atMs: atSeconds * 1_000
})

const fault = { kind: "broker-killed", atSeconds: 10, endedSeconds: 12 }

it("counts from the fault's end to the first job sent after it on the slowest partition", () => {
  const effects = [effect(0, 1, 1), effect(1, 1, 1), effect(0, 13, 13.5), effect(1, 9, 15), effect(1, 14, 16)]
  const [found] = recoveries([fault], effects, 0, 60_000)
  assert.strictEqual(found?.recoveredSeconds, 4)
  assert.strictEqual(found?.stalledSeconds, 3.5)
})

it("says of a fault after which a partition handled nothing fresh that it was not recovered from", () => {
  const [found] = recoveries([fault], [effect(0, 1, 1), effect(1, 1, 1), effect(0, 13, 13.5)], 0, 60_000)
  assert.strictEqual(found?.recoveredSeconds, null)
})
