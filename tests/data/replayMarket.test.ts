import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { defaultTopicsPath, parseTopics } from "@millrace/contracts"
import { happeningsOf, replay, scenarioInput } from "@millrace/replay"
import { ConfigProvider, Effect, Result } from "effect"
import { assert, it } from "vitest"
import { givenRules, guardedAccounts } from "./guardedAccounts.ts"
import { expand, parseCandles, recompute } from "./recompute.ts"

/** The file of `realMarket.test.ts`, in memory and virtual time instead of through the local stack. */
const file =
  process.env.MILLRACE_MARKET_DATA ??
  fileURLToPath(new URL("../../../shared/data/btcusd-1m-2018-11-13.csv", import.meta.url))

it.skipIf(!existsSync(file))("replays the whole real market file as the recomputation decides it", async () => {
  const candles = readFileSync(file, "utf8")
  const scenario = guardedAccounts()
  const expected = recompute(expand(parseCandles(candles)), scenario.positions, givenRules(scenario))
  const input = scenarioInput({ file, text: candles }, { file: "scenario", text: JSON.stringify(scenario) })
  const topics = Result.getOrThrow(parseTopics(readFileSync(defaultTopicsPath, "utf8"), defaultTopicsPath))
  const settings = ConfigProvider.fromEnv({ env: {} })
  const run = await Effect.runPromise(replay(Result.getOrThrow(input), { topics, settings }))
  const found = happeningsOf(run.log)
    .filter(({ kind }) => kind === "act")
    .map(({ atMs, position, priceUsd, ruleId, what }) =>
      [atMs, position, ruleId, priceUsd, what.slice(what.indexOf(":") + 2)].join(" ")
    )
  const wanted = expected.map(({ decidedAtMs, decidedPrice, position, reason, rule, status }) =>
    [decidedAtMs, position, rule, decidedPrice, `${status} (${reason})`].join(" ")
  )
  assert.deepStrictEqual(found.sort(), wanted.sort())
  assert.deepStrictEqual(run.troubles, [])
})
