/**
 * Whole pipelines from a seed: processes are killed, stopped, frozen and cut off, the broker fails, loses answers and is
 * slow. Whatever happens, every promise of the checker holds; and one seed gives one history.
 */
import { assert, describe, it } from "@effect/vitest"
import { hardWorlds } from "../src/pipelineWorld.ts"
import { tradingWorld } from "../src/tradingWorld.ts"
import { planOf, runWorld, trySeed, type World } from "../src/World.ts"
import { worlds } from "../src/worlds.ts"

/** Thousands are the command's matter: `npm run simulate`. */
const batches = [0, 1, 2, 3]
const seedsPerBatch = 25
/** The variants of the pipeline share most of their code with it. */
const seedsPerVariantBatch = 8
/** Six workers and a market take ten times as long. */
const seedsPerTradingBatch = 3

const seedsOf = (world: World): number =>
  world === tradingWorld ? seedsPerTradingBatch : hardWorlds.includes(world) ? seedsPerVariantBatch : seedsPerBatch

/**
 * @guarantee records: Order, commits and ownership hold when processes are killed, stopped, frozen or cut off and the broker fails, is slow or loses answers
 * @how real workers in virtual time under faults from a seed; a checker judges what was observed, and rejects every history corrupted by hand (thousands of seeds by `npm run simulate`)
 *
 * @guarantee records: Long waits, records that end processes, transactions and lanes that wait keep their promises under the same faults
 * @how the same workers with parked records, deadly records, transactional inputs and dependencies that are down; nobody innocent is set aside, each outcome is committed once, no attempt is used up by waiting
 *
 * @guarantee effects: One effect per command while executors are killed, frozen or cut off, the ledger's answers are lost and orders arrive late
 * @how the product's executor in virtual time, two processes of it; ledger and exchange outside, where effects are counted and outcomes compared with them
 *
 * @guarantee protection: Whatever is killed, frozen, cut off or loses answers: each guarded position is acted on, each order once
 * @how market-data, monitors and executors, two processes of each, on a simulated market in virtual time, isolated and cross; at the end no open position stands beyond its guard's threshold without a reason, each entry was made once
 *
 * @guarantee protection: Under the same faults nothing is opened 3 s after a kill switch, nor sent by a process that has read HALTED or a cancellation
 * @how switches of all scopes come and go in the same world; each order is judged when it leaves its process, by what that has read, and when it arrives, within the signature's window. A process that hears nothing goes on protecting
 *
 * @guarantee protection: What changes while all runs is obeyed: accounts and rules that are switched off or changed, and caps
 * @how the same world: no order leaves 60 s after its process has read the change; what is on again at the end is protected again
 */
describe.each(worlds)("the world $name", (world) => {
  it.each(batches)(
    "keeps every promise, seeds of batch %i",
    (batch) => {
      const seeds = seedsOf(world)
      for (let seed = 1; seed <= seeds; seed++) {
        const tried = trySeed(world, `${batch * seeds + seed}`)
        if ("history" in tried) assert.isAbove(tried.effects, 0, "something happened")
        else assert.fail(`seed ${tried.seed}: ${JSON.stringify({ rules: tried.violations, faults: tried.smallest })}`)
      }
    },
    120_000
  )

  it("has one history for one seed, and another for another", () => {
    const textOf = (seed: string) => {
      const run = runWorld(world, seed, planOf(world, seed))
      return "history" in run ? run.history.text : assert.fail(run.detail)
    }
    const histories = ["11", "12", "13"].map(textOf)
    assert.deepStrictEqual(["11", "12", "13"].map(textOf), histories)
    assert.strictEqual(new Set(histories).size, 3)
  })
})
