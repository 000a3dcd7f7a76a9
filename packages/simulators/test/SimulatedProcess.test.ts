import { assert, it } from "@effect/vitest"
import { Clock, Effect, Exit, Scope } from "effect"
import { randomOfSeed, SimulatedProcess } from "../src/SimulatedProcess.ts"
import { VirtualTime } from "../src/VirtualTime.ts"

const makeWorld = () => {
  const time = new VirtualTime(0, randomOfSeed("turns"))
  const process = new SimulatedProcess("p", time, randomOfSeed("p"))
  const seen: Array<string> = []
  const see = (what: string) => Effect.map(Clock.currentTimeMillis, (now) => seen.push(`${now} ${what}`))
  return { time, process, seen, see }
}

const ticking = (see: (what: string) => Effect.Effect<unknown>) =>
  Effect.forever(Effect.andThen(Effect.sleep("1 second"), see("tick")))

it("moves time only to what is due, and in no time at all", () => {
  const { process, see, seen, time } = makeWorld()
  process.run(Effect.andThen(Effect.sleep("3 days"), see("woke")))
  time.runUntil(86_400_000 * 4)
  assert.deepStrictEqual(seen, ["259200000 woke"])
  assert.strictEqual(time.nowMs, 86_400_000 * 4)
})

it("runs nothing of a killed process any more, no finalizer and no timer either", () => {
  const { process, see, seen, time } = makeWorld()
  const scope = Scope.makeUnsafe()
  process.run(
    Scope.provide(
      Effect.addFinalizer(() => see("finalizer")),
      scope
    )
  )
  process.run(Effect.ensuring(ticking(see), see("ensured")))
  time.runUntil(2_500)
  process.kill()
  process.run(Scope.close(scope, Exit.void))
  time.runUntil(60_000)
  assert.deepStrictEqual(seen, ["1000 tick", "2000 tick"])
})

it("lets a frozen process do nothing, and then all that came due, at the time of its waking", () => {
  const { process, see, seen, time } = makeWorld()
  process.run(ticking(see))
  time.runUntil(1_500)
  process.freeze()
  time.runUntil(7_000)
  assert.deepStrictEqual(seen, ["1000 tick"])
  process.thaw()
  time.runUntil(8_100)
  assert.deepStrictEqual(seen, ["1000 tick", "7000 tick", "8000 tick"])
})

it("says so when something goes on without time passing", () => {
  const { process, time } = makeWorld()
  process.run(Effect.forever(Effect.yieldNow))
  assert.throws(() => time.runUntil(1), /tasks at 0 ms/u)
})
