import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import { parseMoment } from "../src/index.ts"

const now = Date.UTC(2026, 10, 25, 12)
const read = (text: string) => {
  const found = parseMoment(text, now)
  return Result.isSuccess(found) ? `${found.success._tag} ${new Date(found.success.atMs).toISOString()}` : found.failure
}

it("reads times, times before now and market times", () => {
  assert.strictEqual(read("now"), "Wall 2026-11-25T12:00:00.000Z")
  assert.strictEqual(read("2026-11-25T11:00:00Z"), "Wall 2026-11-25T11:00:00.000Z")
  assert.strictEqual(read("2026-11-25T11:00"), "Wall 2026-11-25T11:00:00.000Z")
  assert.strictEqual(read("2026-11-25 11:00:30.5+02:00"), "Wall 2026-11-25T09:00:30.500Z")
  assert.strictEqual(read("2026-11-24"), "Wall 2026-11-24T00:00:00.000Z")
  assert.strictEqual(read("1700000000000"), "Wall 2023-11-14T22:13:20.000Z")
  assert.strictEqual(read("-90s"), "Wall 2026-11-25T11:58:30.000Z")
  assert.strictEqual(read("-1h30m"), "Wall 2026-11-25T10:30:00.000Z")
  assert.strictEqual(read("-2d"), "Wall 2026-11-23T12:00:00.000Z")
  assert.strictEqual(read("market:2023-11-14T22:13:20Z"), "Market 2023-11-14T22:13:20.000Z")
  assert.strictEqual(read("market:1700000000000"), "Market 2023-11-14T22:13:20.000Z")
})

it("says what it expected", () => {
  for (const text of ["", "yesterday", "-10", "10m", "market:-10m", "2026-13-40T00:00:00Z", "2026-11-25T25:00:00Z"])
    assert.match(read(text), /^Expected a time \(2026/u, text)
})
