/**
 * The exchange's own client libraries, unchanged, in processes of their own. A program of a user of each runs against
 * the local exchange: by the variables that the library reads, or with its connections redirected.
 *
 * `@ln-markets/sdk` 2 is a development dependency. The older two are looked for in the folder LNM_CLIENTS:
 * `npm install --prefix FOLDER ln-markets-sdk-1@npm:@ln-markets/sdk@1.2.5 @ln-markets/api@1.7.1`.
 */
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Data, Effect } from "effect"
import { type Client, type Key, withSimulator } from "./Exchange.fixture.ts"

const eq = assert.strictEqual
const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const older = process.env.LNM_CLIENTS === undefined ? "" : join(process.env.LNM_CLIENTS, "node_modules")
const sdk2 = at("../../../node_modules/@ln-markets/sdk")
const sdk1 = join(older, "ln-markets-sdk-1")
const api1 = join(older, "@ln-markets/api")
const has = (library: string): boolean => existsSync(join(library, "package.json"))
const unless = (library: string): string => (has(library) ? "" : " (not run: the library is not installed)")

class ProgramFailed extends Data.TaggedError("ProgramFailed")<{ readonly output: string }> {
  override get message() {
    return this.output
  }
}

/** Runs a program and gives what it printed as JSON; fails with what it wrote to its error output. */
const run = (program: string, argument: object, environment: Readonly<Record<string, string>>) =>
  // biome-ignore lint/suspicious/noExplicitAny: what a program prints has every form
  Effect.callback<any, ProgramFailed>((resume) => {
    const args = ["--import", at("../src/redirectClients.ts"), at(program), JSON.stringify(argument)]
    const child = execFile(
      process.execPath,
      args,
      { env: { ...process.env, ...environment }, timeout: 50_000 },
      (error, out, err) =>
        resume(
          error ? Effect.fail(new ProgramFailed({ output: err || error.message })) : Effect.succeed(JSON.parse(out))
        )
    )
    return Effect.sync(() => child.kill())
  })

const start = Effect.fnUntraced(function* ({ account, addresses, control }: Client) {
  const alice: Key = yield* account("alice")
  yield* account("bob")
  yield* control("POST", "/price", { price: 60_000, timeMs: 1_700_000_000_000 })
  return { argument: { ...alice, control: addresses.control }, origin: new URL(addresses.rest).origin }
})

it.live.skipIf(!has(sdk2))(`runs @ln-markets/sdk 2 unchanged: REST v3 and stream v1${unless(sdk2)}`, () =>
  withSimulator(
    Effect.fnUntraced(function* (client) {
      const { argument, origin } = yield* start(client)
      const { answers, events, uncalled } = yield* run("./sdk2Program.ts", argument, { EXCHANGE_REDIRECT: origin })
      assert.deepStrictEqual(
        Object.entries(answers).filter(([, answer]) => answer === undefined || answer === null),
        []
      )
      assert.deepStrictEqual(uncalled, [])
      eq(answers.ping, "pong")
      assert.deepInclude(answers.newTrade, { liquidation: 54_545.5, clientId: "mine", running: true })
      assert.deepInclude(answers["newTrade limit"], { open: true, filledAt: null })
      eq(answers.addMargin.liquidation, 53_957)
      eq(answers["updateStoploss trailing"].stoplossTrailingDistance, 1)
      assert.deepStrictEqual([answers.removeStoploss.stoploss, answers.removeTakeprofit.takeprofit], [0, 0])
      assert.deepStrictEqual([answers.cancelAll.length, answers.cancelAll[0].canceled], [1, true])
      eq(answers["cross.getPosition"].quantity, 1000)
      eq(answers["cross.getFilledOrders"].data[0].side, "sell")
      eq(answers.getLightningWithdrawals.data[0].id, answers.withdrawLightning.id)
      assert.deepStrictEqual(answers.refused, { status: 400, name: "HTTPError" })
      eq(answers.unsigned, 401)
      assert.deepStrictEqual(answers.whoami.permissions, ["account:*", "futures:*", "synthetic-usd:*"])
      assert.deepStrictEqual(answers["unknown topic"], { name: "StreamRpcError", code: -32602 })
      assert.deepStrictEqual(answers.reconnected, { attempts: 1 })
      assert.deepStrictEqual(answers.unsubscribeAll, { unsubscribed: [] })
      const told: ReadonlyArray<readonly [string, { readonly event?: string }]> = events
      const kinds = new Set(told.map(([topic, data]) => `${topic.split("/").at(-1)} ${data.event ?? ""}`))
      for (const kind of ["trades filled", "trades closed", "trades canceled", "orders new", "orders canceled"])
        assert.isTrue(kinds.has(kind), kind)
      for (const kind of ["position deposit", "position new", "lastPrice ", "deposit "])
        assert.isTrue(kinds.has(kind), kind)
    })
  )
)

it.live.skipIf(!has(sdk1))(`runs @ln-markets/sdk 1 unchanged: REST v2 and v3${unless(sdk1)}`, () =>
  withSimulator(
    Effect.fnUntraced(function* (client) {
      const { argument, origin } = yield* start(client)
      const { answers, uncalled } = yield* run(
        "./sdk1Program.ts",
        { ...argument, library: sdk1 },
        { V2_API_URL: `${origin}/v2`, V3_API_URL: `${origin}/v3` }
      )
      eq(answers.ping, "pong")
      assert.deepStrictEqual(
        uncalled.filter((name: string) => !name.startsWith("options.")),
        ["swaps.getSwapBySourceId", "user.depositSyntheticUsd", "user.withdrawSyntheticUsd"]
      )
      assert.deepInclude(answers.newTrade, { type: "m", side: "b", openingFee: 1666, liquidation: 54_545.5 })
      eq(answers.getTrades[0].id, answers.newTrade.id)
      eq(answers.closeTrade.closed, true)
      eq(answers.closeAllTrades.trades.length, 1)
      eq(answers.getTicker.lastPrice, 60_000)
      eq(answers.getMarketDetails.fees.trading.tiers[0].minVolume, 0)
      eq(answers.updateUser.showLeaderboard, false)
      assert.deepStrictEqual(answers.transfer, { amount: 7, to: "bob" })
      assert.deepInclude(answers.newSwap, { inAmount: 200_000, outAmount: 120 })
      eq(answers["v3.internal"].data[0].toUsername, "bob")
    })
  )
)

it.live.skipIf(!has(api1))(`runs @ln-markets/api 1 unchanged: REST v2 and the old WebSocket${unless(api1)}`, () =>
  withSimulator(
    Effect.fnUntraced(function* (client) {
      const { argument, origin } = yield* start(client)
      const { answers } = yield* run("./api1Program.ts", { ...argument, library: api1 }, { EXCHANGE_REDIRECT: origin })
      eq(answers.positions[0].id, answers.new.id)
      eq(answers.add.liquidation, 53_957)
      eq(answers.close.closed, true)
      assert.deepStrictEqual(answers.refused, { name: "LNMarketsRestError", code: "BAD_REQUEST", statusCode: 400 })
      assert.deepStrictEqual(answers.auth, { authenticated: true })
      assert.deepStrictEqual(answers.push.params, {
        channel: "futures:btc_usd:last-price",
        data: { time: 1_700_000_001_000, lastPrice: 61_000, lastTickDirection: "PlusTick" }
      })
    })
  )
)
