import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { haltsAt, killStepText, parseKillStep } from "../src/KillStep.ts"

it("reads the step that it was told, and none where none was", () => {
  const step = { operation: "settle", when: "before", nth: 2, commands: "r1." } as const
  assert.deepStrictEqual(parseKillStep(killStepText(step)), step)
  assert.isUndefined(parseKillStep(""))
})

it.effect("stands still the second time that an intent takes the step, and for no other intent", () =>
  Effect.gen(function* () {
    const told: Array<string> = []
    let done = 0
    const halting = haltsAt({ operation: "settle", when: "after", nth: 2, commands: "r1." }, (id) => told.push(id))
    const take = (id: string) =>
      halting(
        "settle",
        id,
        Effect.sync(() => {
          done += 1
        })
      )
    yield* take("r1.a")
    yield* take("r2.a")
    yield* take("r2.a")
    assert.deepStrictEqual(told, [])
    const standing = yield* Effect.forkChild(take("r1.a"), { startImmediately: true })
    assert.deepStrictEqual(told, ["r1.a"])
    assert.strictEqual(done, 4)
    assert.isUndefined(standing.pollUnsafe())
    yield* Fiber.interrupt(standing)
  })
)
