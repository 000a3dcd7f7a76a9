// How many ticks does a replay decide in a second, through the very workers?
//
// A synthetic day of one tick a second under examples/candles/scenario.yaml, and, where MILLRACE_MARKET_DATA names it, a
// market file under 36 guarded accounts. Besides time also processor time, as other work on the machine does not count in it.
// Each round must evaluate every tick and decide what the first one decided, byte for byte.
import "effect/schema/SchemaJITCompiler/enable"
import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { defaultTopicsPath, parseTopics } from "@millrace/contracts"
import { logText, type ReplayInput, replay, scenarioInput } from "@millrace/replay"
import { ConfigProvider, Effect, Result } from "effect"
import { guardedAccounts } from "../tests/data/guardedAccounts.ts"
import { atLeast, figureOf, median } from "./stage/figures.ts"
import { readOptions } from "./stage/options.ts"
import { finish } from "./stage/report.ts"

const options = readOptions(5, ["ticks"])
const dayTicks = options.number("ticks", 86_400)
const wantedRate = 10_000

const setting = {
  topics: Result.getOrThrow(parseTopics(readFileSync(defaultTopicsPath, "utf8"), defaultTopicsPath)),
  settings: ConfigProvider.fromEnv({ env: {} })
}
const example = (name: string) => {
  const file = new URL(`../examples/candles/${name}`, import.meta.url)
  return { file: name, text: readFileSync(file, "utf8") }
}

/** One tick a second that swings by some percent, on the accounts of an example. */
const syntheticDay = (): ReplayInput => {
  const input = Result.getOrThrow(scenarioInput(example("btcusd-1m.csv"), example("scenario.yaml")))
  const { first } = input
  return {
    ...input,
    ticks: dayTicks,
    *steps() {
      for (let n = 0; n < dayTicks; n++) {
        const timeMs = first.timeMs + n * 1_000
        const price = first.price * (1 + 0.02 * Math.sin(n / 3_000) + 0.001 * Math.sin(n / 7))
        yield { _tag: "Tick", atMs: timeMs, tick: { price, timeMs } }
      }
    }
  }
}

const inputs: Array<readonly [name: string, input: ReplayInput]> = [
  ["a day, a tick a second, 3 accounts", syntheticDay()]
]
const marketFile = process.env.MILLRACE_MARKET_DATA
if (marketFile !== undefined && existsSync(marketFile)) {
  const scenario = { file: "guardedAccounts", text: JSON.stringify(guardedAccounts()) }
  const feed = { file: "market file", text: readFileSync(marketFile, "utf8") }
  inputs.push(["the market file, 36 accounts", Result.getOrThrow(scenarioInput(feed, scenario))])
}

const figures = []
const targets = []
for (const [name, input] of inputs) {
  const rates: Array<number> = []
  const processorRates: Array<number> = []
  let wanted: string | undefined
  for (let round = 0; round <= options.runs; round++) {
    const before = process.cpuUsage()
    const startedAt = performance.now()
    const run = await Effect.runPromise(replay(input, setting))
    const seconds = (performance.now() - startedAt) / 1_000
    const { system, user } = process.cpuUsage(before)
    const digest = createHash("sha256").update(logText(run.log)).digest("hex")
    wanted ??= digest
    if (run.ticks !== input.ticks || digest !== wanted || run.troubles.length > 0)
      throw new Error(`${name}: ${run.ticks} of ${input.ticks} ticks, log ${digest}, expected ${wanted}`)
    if (round === 0) continue
    rates.push(run.ticks / seconds)
    processorRates.push(run.ticks / ((user + system) / 1e6))
  }
  figures.push(figureOf(name, "ticks/s", rates, { guarded: true }))
  figures.push(figureOf(name, "ticks per processor second", processorRates))
  targets.push(atLeast(name, wantedRate, median(rates)))
}
finish(
  { benchmark: "replay", question: "Ticks replayed in a second", settings: { dayTicks }, figures, targets },
  options
)
