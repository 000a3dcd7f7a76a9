import { assert, it } from "@effect/vitest"
import { KafkaError } from "@millrace/kafka"
import { SendCall, SendQueue } from "../src/SendQueue.ts"

const place = { topic: "it-queue", partition: 0 }
const error = new KafkaError({ operation: "send to it-queue", reason: "unavailable", cause: "test" })

const setUp = () => {
  const queue = new SendQueue()
  const done: Array<string> = []
  const call = (name: string, sizes: ReadonlyArray<number>, deadlineMs = 1_000) => {
    const one = new SendCall(sizes.length, deadlineMs, (failure) => done.push(failure ? `${name} failed` : name))
    for (const size of sizes) queue.add(place, { topic: "it-queue", key: null, value: new Uint8Array(size) }, one)
  }
  let sequence = 0
  const take = () =>
    queue.take(place, (count) => {
      const baseSequence = sequence
      sequence += count
      return { producerId: 1, producerEpoch: 0, baseSequence }
    })
  return { queue, done, call, take }
}

it("sends calls together that came meanwhile, in order, and one batch of a partition at a time", () => {
  const { queue, done, call, take } = setUp()
  call("one", [10])
  const first = take()
  call("two", [10, 10])
  call("three", [10])
  assert.deepStrictEqual(queue.ready(), [])
  queue.written(first)
  assert.deepStrictEqual(done, ["one"])
  const second = take()
  assert.strictEqual(second.entries.length, 3)
  assert.strictEqual(second.baseSequence, 1)
  queue.written(second)
  assert.deepStrictEqual(done, ["one", "two", "three"])
})

/**
 * @guarantee records: A send of unknown fate is repeated as it was, before anything later
 * @how the batch keeps its id and sequence
 */
it("repeats a batch of unknown fate as it was, before anything later", () => {
  const { queue, call, take } = setUp()
  call("one", [10])
  const first = take()
  call("two", [10])
  queue.again(first)
  assert.strictEqual(take(), first)
})

it("splits what the broker finds too large, down to single records", () => {
  const { queue, done, call, take } = setUp()
  call("all", [100, 100, 100, 100])
  const sizes: Array<number> = []
  for (let batch = take(); ; batch = take()) {
    if (batch.entries.length > 1) queue.reopen(batch, true)
    else {
      sizes.push(batch.entries.length)
      queue.written(batch)
    }
    if (queue.ready().length === 0) break
  }
  assert.deepStrictEqual(sizes, [1, 1, 1, 1])
  assert.deepStrictEqual(done, ["all"])
})

it("fails what is overdue, and says when the fate of a batch is unknown", () => {
  const { queue, done, call, take } = setUp()
  call("early", [10], 100)
  call("late", [10], 300)
  assert.isFalse(queue.expire(200, () => error))
  assert.deepStrictEqual(done, ["early failed"])
  queue.again(take())
  assert.isTrue(queue.expire(300, () => error))
  assert.deepStrictEqual(done, ["early failed", "late failed"])
  assert.deepStrictEqual(queue.ready(), [])
})

it("keeps the order of calls when it batches records anew", () => {
  const { queue, call, take } = setUp()
  call("one", [1, 2])
  const first = take()
  call("two", [3])
  queue.reopen(first, false)
  assert.deepStrictEqual(
    take().entries.map(({ record }) => record.value?.length),
    [1, 2, 3]
  )
})
