import { assert, it } from "@effect/vitest"
import { PriceTrail } from "../src/PriceTrail.ts"

it("keeps the last price of each second, and leaves out what comes late", () => {
  const trail = new PriceTrail()
  trail.add(1_000, 1)
  trail.add(1_900, 2)
  trail.add(2_100, 3)
  trail.add(900, 9)
  assert.deepStrictEqual(trail.points(), [
    [1_900, 2],
    [2_100, 3]
  ])
})

it("keeps an hour by the second and the day before it by the minute, however long it runs", () => {
  const trail = new PriceTrail()
  const days = 3
  for (let second = 0; second < days * 86_400; second += 1) trail.add(second * 1_000, second)
  const points = trail.points()
  assert.isAtMost(points.length, 3_600 + 1_440)
  assert.isAtLeast(points.length, 3_600 + 1_300)
  assert.deepStrictEqual(points.at(-1), [(days * 86_400 - 1) * 1_000, days * 86_400 - 1])
  assert.isTrue(points.every(([atMs], n) => n === 0 || points[n - 1]![0] < atMs))
})
