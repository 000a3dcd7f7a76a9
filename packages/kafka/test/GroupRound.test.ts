import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { GroupRound } from "../src/GroupRound.ts"

it.effect("is over when the group rebalances, and not lost", () =>
  Effect.gen(function* () {
    const round = new GroupRound(0, 10_000)
    const over = yield* Effect.forkChild(round.whenOver)
    round.askRejoin()
    yield* Fiber.join(over)
    assert.isFalse(round.isLost)
  })
)

it("is lost when nothing asked within a session's length was answered", () => {
  const round = new GroupRound(1_000, 10_000)
  round.heedSilence(11_000)
  assert.isFalse(round.isLost)
  round.answered(5_000)
  // An answer to an older question comes late: it takes nothing back.
  round.answered(2_000)
  round.heedSilence(15_000)
  assert.isFalse(round.isLost)
  round.heedSilence(15_001)
  assert.isTrue(round.isLost)
})
