/** Candle and scenario files are read or refused with their place, whatever stands in them. */
import { assert, describe, it } from "@effect/vitest"
import { Mangling, mangled } from "@millrace/testkit"
import { readRules } from "@millrace/trading"
import { Effect, Result, Schema } from "effect"
import { candleSource } from "../src/CandleFile.ts"
import { parseScenario } from "../src/Scenario.ts"

const runs = { arbitrary: { runs: 200 } }

const candles = [
  "timestamp_ms,open,high,low,close,volume",
  "1700000000000,60000,60010,59990,60005,1",
  "1700000060000,60005,60020,60000,60001,2",
  ""
].join("\n")

const scenario = `accounts:
  - { id: ada, name: Ada, balance: 5000000 }
positions:
  - { id: long, account: ada, side: buy, quantity: 1000, leverage: 10 }
rules:
  - { id: guard, account: ada, kind: margin_guard, margin_threshold: 0.9, action: close_position }
`

/** @guarantee contracts: A file of settings is read or refused with its place, whatever stands in it */
describe("a fuzzed file", () => {
  it.effect.prop(
    "of candles",
    [Mangling, Schema.String],
    ([changes, text]) =>
      Effect.sync(() => {
        for (const given of [mangled(Buffer.from(candles), changes).toString("utf8"), `${candles}${text}`, text]) {
          const source = candleSource(given, "some.csv")
          if (Result.isFailure(source)) assert.match(source.failure.message, /^some\.csv:\d+: found "/u)
          else
            for (const tick of source.success.ticks())
              assert.isTrue(tick.price > 0 && Number.isSafeInteger(tick.timeMs))
        }
      }),
    runs
  )

  it("of candles with numbers beyond all measure", () => {
    for (const number of ["1e400", "-0", "0x10", "1_000", "Infinity", "NaN", "9007199254740993", "１"]) {
      for (let column = 0; column < 6; column += 1) {
        const row = "1700000120000,60000,60010,59990,60005,1".split(",").with(column, number).join(",")
        const source = candleSource(`${candles}${row}\n`, "some.csv")
        if (Result.isFailure(source)) assert.match(source.failure.message, /^some\.csv:4: found "/u)
        else
          for (const tick of source.success.ticks())
            assert.isTrue(Number.isFinite(tick.price) && Number.isSafeInteger(tick.timeMs))
      }
    }
  })

  it.effect.prop(
    "of a scenario, and of rules",
    [Mangling, Schema.String],
    ([changes, text]) =>
      Effect.sync(() => {
        const rules = scenario.slice(scenario.indexOf("rules:"))
        for (const given of [mangled(Buffer.from(scenario), changes).toString("utf8"), `${scenario}${text}`, text]) {
          const read = parseScenario(given, "some.yaml")
          if (Result.isFailure(read)) assert.match(read.failure.message, /^some\.yaml:\d+:\d+: /u)
        }
        for (const given of [mangled(Buffer.from(rules), changes).toString("utf8"), text]) {
          const read = readRules(given, "some.yaml", { dryRun: true })
          if (Result.isFailure(read)) assert.match(read.failure.message, /^some\.yaml:\d+:\d+: /u)
        }
      }),
    runs
  )
})
