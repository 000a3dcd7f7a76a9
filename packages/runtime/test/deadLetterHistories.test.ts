/**
 * Random histories: records fail, workers and replays are stopped at any point, steps fail with and without being written.
 * Whenever one looks, each record is in exactly one place: handled, in flight, an open letter, or purged.
 */
import { assert, it } from "@effect/vitest"
import { type DeadLetterMark, deterministicId } from "@millrace/contracts"
import { MemoryKafkaControl, type StoredAt } from "@millrace/kafka"
import { Cause, Effect, Exit, Fiber, Layer, Logger, Scope } from "effect"
import { TestClock } from "effect/testing"
import { DeadLetterBox, input, outgoing, type ReplayRequest, runWorker } from "../src/index.ts"
import { dlq, everything, headerOf, letterbench, orderOf, recordsIn } from "./letterbench.ts"
import { failure, orders, put, results } from "./workbench.ts"

const histories = 60
const steps = 30
const keys = ["k0", "k1", "k2", "k3"]

/** Numbers from 0 up to below a limit, the same for a seed. */
const drawer = (seed: number) => {
  let state = seed * 2_654_435_761 + 1
  return (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

const replaysOf = (headers: Readonly<Record<string, string>>): number => Number(headers["replay-count"] ?? 0)

/** How often an order fails before it is handled: none of its outcomes depends on when it is looked at. */
const failuresOf = (n: number): number => [0, 1, 2, 0, 3][n % 5]!

const startWorker = Effect.gen(function* () {
  const scope = yield* Scope.make()
  yield* runWorker({
    name: "it-worker",
    instance: "1",
    inputs: [
      input({
        contract: orders,
        handle: ({ headers, value }) => {
          const replays = replaysOf(headers)
          if (replays < failuresOf(value.n)) return Effect.fail(failure("permanent", `no luck with ${value.n % 3}`))
          const done = outgoing(results, { key: "r", value: { id: `${replays}`, n: value.n }, workspaceId: "ws-1" })
          return Effect.succeed({ publish: [done] })
        }
      })
    ]
  }).pipe(Scope.provide(scope), Effect.forkIn(scope))
  return scope
})

/** Id of the letter that an order's record leads to when it fails. */
const letterIdOf = (record: StoredAt): string =>
  deterministicId("it-orders", String(record.partition), String(record.offset), String(record.timestampMs)).slice(0, 16)

const markOf = ({ value }: StoredAt): DeadLetterMark | undefined =>
  value === null ? undefined : (JSON.parse(Buffer.from(value.subarray(5)).toString()) as DeadLetterMark)

const readIds = (letters: ReadonlyArray<StoredAt>): ReadonlySet<string> =>
  new Set(
    letters.map((letter) =>
      deterministicId(
        ...["dlq-origin-topic", "dlq-origin-partition", "dlq-origin-offset", "dlq-origin-timestamp"].map(
          (name) => headerOf(letter, name)!
        )
      ).slice(0, 16)
    )
  )

type Place = "handled" | "in flight" | "open" | "purged"

/** Where each order is now. Fails when it is in several places, or was sent back twice. */
const places = Effect.gen(function* () {
  const handled = new Set((yield* recordsIn("it-results")).map(({ value }) => JSON.stringify(orderOf(value))))
  const stored = yield* recordsIn(dlq)
  const letters = readIds(stored)
  const marks = new Map<string, DeadLetterMark>()
  const purged = new Set<string>()
  const purgedOffsets = new Map<number, string>()
  for (const record of yield* recordsIn("dead-letter-marks")) {
    const mark = markOf(record)
    const id = Buffer.from(record.key!).toString().slice("it-orders/".length)
    if (mark === undefined) marks.delete(id)
    else marks.set(id, mark)
    if (mark?.state !== "purged") continue
    purged.add(id)
    purgedOffsets.set(mark.offset, id)
  }
  for (const { offset } of stored) {
    const id = purgedOffsets.get(offset)
    if (id !== undefined) assert.strictEqual(marks.get(id)?.state, "purged", `the letter at ${offset} stays purged`)
  }
  const sent = new Map<number, Array<StoredAt>>()
  for (const record of yield* recordsIn("it-orders")) {
    const { n } = orderOf(record.value)
    sent.set(n, [...(sent.get(n) ?? []), record])
  }
  const found = new Map<number, Place>()
  for (const [n, records] of sent) {
    const counts = records.map((record) => Number(headerOf(record, "replay-count") ?? 0))
    assert.deepStrictEqual(counts, [...counts.keys()], `order ${n} was sent once, and once by each replay`)
    for (const [replays, record] of records.entries()) {
      const id = letterIdOf(record)
      const isLast = replays === records.length - 1
      const isHandled = handled.has(JSON.stringify({ id: `${replays}`, n }))
      const state = marks.get(id)?.state ?? (letters.has(id) ? "open" : purged.has(id) ? "purged" : undefined)
      assert.isFalse(isHandled && state !== undefined, `order ${n} is not handled and a letter at once`)
      if (!isLast) assert.strictEqual(state, "replayed", `order ${n} was sent again, so its letter is marked`)
      if (isLast) assert.notStrictEqual(state, "replayed", `order ${n} is marked, so it was sent again`)
      if (isLast) found.set(n, isHandled ? "handled" : ((state as Place | undefined) ?? "in flight"))
    }
  }
  return found
})

const history = Effect.fnUntraced(function* (seed: number) {
  const draw = drawer(seed)
  const control = yield* MemoryKafkaControl
  const box = yield* DeadLetterBox
  let worker: Scope.Closeable | undefined
  let triaging: Fiber.Fiber<unknown, unknown> | undefined
  let count = 0
  const accepted: Array<number> = []

  const stopWorker = Effect.suspend(() => {
    const scope = worker
    worker = undefined
    return scope === undefined ? Effect.void : Effect.asVoid(Effect.forkChild(Scope.close(scope, Exit.void)))
  })
  const stopTriage = Effect.suspend(() => (triaging === undefined ? Effect.void : Fiber.interrupt(triaging)))
  const selection = (): ReplayRequest["selection"] => (draw(2) === 0 ? {} : { key: keys[draw(keys.length)]! })

  const act = Effect.fnUntraced(function* (which: number) {
    if (which < 6) {
      const n = count++
      const published = yield* Effect.exit(put(orders, keys[draw(keys.length)]!, n))
      if (Exit.isSuccess(published)) accepted.push(n)
    } else if (which < 8) yield* TestClock.adjust(draw(400))
    else if (which === 8) yield* TestClock.adjust(3_000)
    else if (which === 9) worker ??= yield* startWorker
    else if (which === 10) yield* stopWorker
    else if (which === 11) yield* control.failNextCommits(1, { reason: "unavailable", written: draw(2) === 0 })
    else if (which === 12) yield* control.failNextTransactions(1, { reason: "unavailable", written: draw(2) === 0 })
    else if (which === 13) yield* control.failNextSends(1, { reason: "unavailable", written: draw(2) === 0 })
    else if (which === 14) yield* control.rebalance("it-worker")
    else if (which === 15) yield* stopTriage
    else if (which === 16) {
      const request = { selection: { key: keys[draw(keys.length)]! }, actor: "ada" }
      triaging = yield* Effect.forkChild(Effect.ignore(box.purge("it-orders", request)))
    } else {
      const request = { ...everything, selection: selection(), perSecond: 5 + draw(50), quarantineAfter: 2 + draw(3) }
      triaging = yield* Effect.forkChild(Effect.ignore(box.replay("it-orders", request)))
    }
  })

  worker = yield* startWorker
  for (let step = 0; step < steps; step += 1) {
    const which = draw(20)
    yield* act(which)
    yield* places
  }
  yield* stopTriage
  worker ??= yield* startWorker
  for (let round = 0; round < 6; round += 1) {
    yield* TestClock.adjust("10 seconds")
    const last = yield* Effect.forkChild(box.replay("it-orders", { ...everything, quarantineAfter: 9 }))
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(last)
  }
  yield* TestClock.adjust("10 seconds")
  const ended = yield* places
  assert.isTrue(
    accepted.every((n) => ended.has(n)),
    "nothing is lost"
  )
  for (const [n, place] of ended) assert.oneOf(place, ["handled", "purged"], `order ${n}`)
  yield* stopWorker
  yield* TestClock.adjust("20 seconds")
})

/**
 * @guarantee crash: worker or replay of dead letters at any step, with answers lost
 * @redelivered records that are not committed; letters that are not marked
 * @harmless a replayed record and its mark are one transaction, so each record is in one place: handled, in flight, an open letter, or purged
 * @guarantee records: A dead letter is sent back once, whatever crashes, and a purged one never
 * @how its mark is in the same transaction; a later session fences an earlier one
 */
it.effect(
  "each record is in exactly one place in any history, and every history can be brought to its end",
  () =>
    Effect.forEach(
      Array.from({ length: histories }, (_, seed) => seed),
      (seed) =>
        Effect.scoped(history(seed)).pipe(
          Effect.provide(Layer.fresh(letterbench), { local: true }),
          Effect.provide(Logger.layer([])),
          Effect.catchCause((cause) => Effect.die(new Error(`seed ${seed}: ${Cause.pretty(cause)}`)))
        ),
      { discard: true }
    ),
  60_000
)
