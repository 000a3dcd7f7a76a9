import { assert, it } from "@effect/vitest"
import type { RecordBatch } from "@millrace/kafka"
import { PartitionReadings } from "../src/PartitionReadings.ts"

const topic = "it-readings"
const assigned = [0, 1].map((partition) => ({ topic, partition, committed: undefined, startOffset: 5, endOffset: 9 }))
const place = { topic, partition: 0 }

const batch = (nextOffset: number): RecordBatch => ({
  ...place,
  epoch: 1,
  records: [],
  nextOffset,
  highWatermark: 9,
  fetchedAtMs: 0
})

const setUp = () => {
  const delivered: Array<number> = []
  const readings = new PartitionReadings(assigned, ({ nextOffset }) => delivered.push(nextOffset))
  for (const reading of readings.all) reading.leader = 1
  return { readings, delivered, zero: readings.find(place)! }
}

it("asks for each partition in one request at a time, only of its leader, and not while paused", () => {
  const { readings } = setUp()
  readings.pause([{ topic, partition: 1 }])
  assert.deepStrictEqual(readings.ask(2), [])
  const asked = readings.ask(1)
  assert.deepStrictEqual(
    asked.map(({ partition }) => partition),
    [0]
  )
  readings.resume([{ topic, partition: 1 }])
  assert.deepStrictEqual(
    readings.ask(1).map(({ partition }) => partition),
    [1]
  )
  assert.deepStrictEqual(readings.ask(1), [])
  readings.release(asked)
  assert.deepStrictEqual(readings.ask(1), asked)
})

it("holds what came while paused, hands it over first, and goes on behind it", () => {
  const { readings, delivered, zero } = setUp()
  readings.pause([place])
  readings.deliver(zero, batch(7))
  assert.deepStrictEqual([delivered, zero.position], [[], 7])
  readings.resume([place])
  assert.isFalse(readings.ask(1).includes(zero))
  readings.deliverHeld()
  readings.deliverHeld()
  assert.deepStrictEqual(delivered, [7])
  assert.isTrue(readings.ask(1).includes(zero))
})

it("hands nothing over once stopped", () => {
  const { readings, delivered, zero } = setUp()
  readings.pause([place])
  readings.deliver(zero, batch(7))
  readings.resume([place])
  readings.stop()
  readings.deliverHeld()
  readings.deliver(zero, batch(9))
  assert.deepStrictEqual(delivered, [])
})
