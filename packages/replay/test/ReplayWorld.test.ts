import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { guardedAccounts } from "../../../tests/data/guardedAccounts.ts"
import { makeReplayWorld, stateRecords } from "../src/index.ts"
import { fallingMarket, inputOf, setting } from "./fixtures.ts"

const hourMs = 3_600_000

it.effect("lets a day without a tick pass in few turns, whatever watches over a real installation", () =>
  Effect.gen(function* () {
    const input = inputOf(fallingMarket(3), guardedAccounts())
    const { market } = input.open()
    const accountIds = input.accounts.map(({ accountId }) => accountId)
    const startMs = input.first.timeMs
    const world = yield* makeReplayWorld({ ...setting, market, accountIds, startMs, positionName: () => undefined })
    world.publish([...input.accounts, ...input.rules].flatMap((state) => stateRecords(state, "replay")))
    // What is done once, soon after the start, is over by then.
    world.runUntil(startMs + hourMs)
    const before = world.turns()
    world.runUntil(startMs + 25 * hourMs)
    // Something that comes round each minute is cheap; every few seconds would cost more than the ticks.
    assert.isBelow(world.turns() - before, 10_000)
    world.tick({ price: 6_000, timeMs: startMs + 25 * hourMs })
    assert.isAbove(world.turns() - before, 5)
    assert.strictEqual(world.nowMs(), startMs + 25 * hourMs)
    assert.deepStrictEqual(world.troubles, [])
  })
)
