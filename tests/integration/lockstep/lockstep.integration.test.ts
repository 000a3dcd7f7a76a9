/**
 * A feed at full speed, in lockstep with the monitor, on the real broker: what is decided must not depend on the
 * machine. A straight recomputation that shares no code with the product says what must be decided.
 */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, it } from "vitest"
import { assertLockstepRun } from "../../data/lockstepAgainstRecomputation.ts"

/** A seeded walk with two crashes and a rebound, in the form of the real files, with a gap of ten minutes. */
const generatedCandles = (minutes: number): string => {
  let seed = 20181113
  const random = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return seed / 2 ** 32
  }
  const lines = ["timestamp_ms,open,high,low,close,volume"]
  let price = 60_000
  for (let minute = 0; minute < minutes; minute += 1) {
    const drift = minute % 100 > 80 ? -0.004 : 0.0006
    const open = price
    const close = Math.round(open * (1 + drift + (random() - 0.5) * 0.004) * 10) / 10
    const high = Math.round(Math.max(open, close) * (1 + random() * 0.002) * 10) / 10
    const low = Math.round(Math.min(open, close) * (1 - random() * 0.002) * 10) / 10
    const gap = minute > minutes / 2 ? 600_000 : 0
    lines.push([1_700_000_000_000 + minute * 60_000 + gap, open, high, low, close, 1].join(","))
    price = close
  }
  return `${lines.join("\n")}\n`
}

/**
 * @guarantee protection: The decisions of a file are those of a straight recomputation, none lost, none doubled
 * @how a feed in lockstep, rules of every kind; the recomputation shares no code with the product
 */
it("decides a generated file as the recomputation does", { timeout: 300_000 }, async () => {
  const { summary } = await assertLockstepRun(generatedCandles(250))
  assert.deepStrictEqual(
    summary.commands.filter(({ kind }) => kind !== "margin_guard").map(({ kind, rule }) => `${rule} ${kind}`),
    ["loser-stop tp_sl", "buyer-entry auto_entry", "winner-profit tp_sl"]
  )
})

const realFile =
  process.env.MILLRACE_MARKET_DATA ??
  fileURLToPath(new URL("../../../../shared/data/btcusd-1m-2018-11-13.csv", import.meta.url))

it.skipIf(!existsSync(realFile))(
  "decides a part of the real market file as the recomputation does",
  { timeout: 300_000 },
  async () => {
    // The header and the 400 minutes around the first fall of 14 November 2018.
    const lines = readFileSync(realFile, "utf8").trim().split("\n")
    await assertLockstepRun([lines[0], ...lines.slice(2_150, 2_550)].join("\n"))
  }
)
