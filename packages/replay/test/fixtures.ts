import { readFileSync } from "node:fs"
import { defaultTopicsPath, parseTopics } from "@millrace/contracts"
import { parseRules } from "@millrace/trading"
import { ConfigProvider, Result } from "effect"
import { type ReplaySetting, scenarioInput, withRules } from "../src/index.ts"

/** Topics as in production, settings as nobody has set any. */
export const setting: ReplaySetting = {
  topics: Result.getOrThrow(parseTopics(readFileSync(defaultTopicsPath, "utf8"), defaultTopicsPath)),
  settings: ConfigProvider.fromEnv({ env: {} })
}

/** Minutes of a market that falls by a third with rebounds, as text of a candle file. */
export const fallingMarket = (minutes: number): string => {
  let state = 7
  const draw = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x7fffffff
  }
  let price = 6_000
  const lines = ["timestamp_ms,open,high,low,close,volume"]
  for (let minute = 0; minute < minutes; minute++) {
    const open = price
    price = open * (1 + (draw() - 0.5) * 0.008 - 0.35 / minutes + 0.004 * Math.sin(minute / 40))
    const high = Math.max(open, price) * (1 + draw() * 0.002)
    const low = Math.min(open, price) * (1 - draw() * 0.002)
    lines.push([1_542_067_200_000 + minute * 60_000, open, high, low, price, 1].join(","))
  }
  return lines.join("\n")
}

/** A replay of candles and a scenario; JSON is YAML. */
export const inputOf = (candles: string, scenario: unknown) =>
  Result.getOrThrow(
    scenarioInput({ file: "market.csv", text: candles }, { file: "scenario.yaml", text: JSON.stringify(scenario) })
  )

/** The same world under the rules of a file. */
export const underRules = (input: ReturnType<typeof inputOf>, text: string) =>
  Result.getOrThrow(
    withRules(input, Result.getOrThrow(parseRules(text, "rules.yaml", { dryRun: false })), "rules.yaml")
  )
