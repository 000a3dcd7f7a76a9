import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type CommitNote, decodeNote, encodeNote, longestNote, type OffsetRange } from "../src/CommitNote.ts"

const Length = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 40 }))
const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))
const Runs = Schema.Array(Schema.Tuple([Length, Length]))

/** Ranges above `committed`, from pairs of an unfinished and a finished length. */
const rangesOf = (runs: ReadonlyArray<readonly [number, number]>, committed: number): ReadonlyArray<OffsetRange> => {
  let next = committed
  return runs.map(([skipped, length]) => {
    const from = next + skipped
    next = from + length
    return { from, to: next }
  })
}

it.effect.prop("reads what it wrote", [Runs, Count, Count], ([runs, crashes, alone]) =>
  Effect.sync(() => {
    const committed = 1_000_003
    const note: CommitNote = {
      done: rangesOf(runs, committed),
      open: { crashes, upto: committed + alone, suspects: [{ offset: committed, crashes: alone }] }
    }
    const { text, complete } = encodeNote(note, committed)
    assert.isTrue(complete)
    assert.deepStrictEqual(decodeNote(text, committed), note)
    assert.deepStrictEqual(decodeNote(encodeNote({ done: note.done }, committed).text, committed), { done: note.done })
  })
)

it("keeps the lowest ranges when not all find room, in a text that a broker takes", () => {
  const done = rangesOf(
    Array.from({ length: 4_000 }, (_, n) => [1 + (n % 300), 1 + (n % 7)] as const),
    500
  )
  const { text, complete } = encodeNote({ done, open: { crashes: 2 } }, 500)
  assert.isFalse(complete)
  assert.isAtMost(Buffer.byteLength(text), longestNote)
  const read = decodeNote(text, 500).done
  assert.isAbove(read.length, 1_000)
  assert.deepStrictEqual(read, done.slice(0, read.length))
})

it("says nothing where there is nothing to say, and takes no foreign text for its own", () => {
  assert.deepStrictEqual(encodeNote({ done: [] }, 7), { text: "", complete: true })
  for (const text of ["", "leader epoch 4", "m1", "m1 open", "m1 open=x done=????", "m2 open=1 done=AQE="]) {
    assert.deepStrictEqual(decodeNote(text, 7), { done: [] }, text)
  }
})
