import { readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { v2, v3, versionOf } from "../src/RestVersions.ts"

/** Every route that the exchange's documents and official clients name; one that is not here is in the page's list of those. */
const documented = {
  v3: `
    GET /ping /time /futures/ticker /futures/candles /futures/funding-settlements /futures/leaderboard
    GET /oracle/index /oracle/last-price /account /account/address/bitcoin /account/notifications
    GET /account/deposits/lightning /account/deposits/on-chain /account/deposits/internal
    GET /account/withdrawals/lightning /account/withdrawals/on-chain /account/withdrawals/internal
    POST /account/deposit/lightning /account/withdraw/lightning /account/withdraw/on-chain /account/withdraw/internal
    POST /account/address/bitcoin /synthetic-usd/swap
    PUT /account/notifications
    GET /synthetic-usd/best-price /synthetic-usd/swaps
    POST /futures/isolated/trade /futures/isolated/trade/close /futures/isolated/trade/cancel
    POST /futures/isolated/trades/cancel-all /futures/isolated/trade/add-margin /futures/isolated/trade/cash-in
    PUT /futures/isolated/trade/takeprofit /futures/isolated/trade/stoploss
    DELETE /futures/isolated/trade/takeprofit /futures/isolated/trade/stoploss
    GET /futures/isolated/trades/open /futures/isolated/trades/running /futures/isolated/trades/closed
    GET /futures/isolated/trades/canceled /futures/isolated/funding-fees
    POST /futures/cross/order /futures/cross/order/cancel /futures/cross/orders/cancel-all
    POST /futures/cross/position/close /futures/cross/deposit /futures/cross/withdraw
    PUT /futures/cross/leverage
    GET /futures/cross/orders/open /futures/cross/orders/filled /futures/cross/position /futures/cross/transfers
    GET /futures/cross/funding-fees`,
  v2: `
    POST /futures /futures/cancel /futures/add-margin /futures/cash-in
    PUT /futures /user
    DELETE /futures /futures/all/close /futures/all/cancel /notifications/all
    GET /futures /futures/trades/:id /futures/ticker /futures/market /futures/history/index /futures/history/price
    GET /futures/history/fixing /futures/ohlcs /futures/carry-fees /futures/leaderboard
    GET /oracle /oracle/index /oracle/last-price /ping /time /notifications
    GET /user /user/deposit /user/deposit/:id /user/withdraw /user/withdrawals/:id /user/bitcoin/addresses
    POST /user/deposit /user/withdraw /user/transfer /user/bitcoin/address /swap
    GET /swap /swap/:id`
}

const listed = (text: string, version: string): ReadonlyArray<string> =>
  text
    .trim()
    .split("\n")
    .flatMap((line) => {
      const [method, ...paths] = line.trim().split(/\s+/u)
      return paths.map((path) => `${method} /${version}${path}`)
    })

const page = readFileSync(new URL("../../../docs/exchange-simulator.md", import.meta.url), "utf8")

it("has every route that the exchange documents, and no other", () => {
  assert.deepStrictEqual(Object.keys(v3.routes).toSorted(), [...listed(documented.v3, "v3")].toSorted())
  assert.deepStrictEqual(Object.keys(v2.routes).toSorted(), [...listed(documented.v2, "v2")].toSorted())
})

it("tells every route and what it needs on its page, and no other", () => {
  const rows = [...page.matchAll(/^\| (GET|POST|PUT|DELETE) +\| `(\/v[23]\/[^`]+)` +\| (\S+) +\|$/gmu)]
  const told = rows.map(([, method, path, needs]) => `${method} ${path} ${needs}`)
  const real = [v3, v2].flatMap(({ routes }) =>
    Object.entries(routes).map(([key, { permission }]) => `${key} ${permission ? `\`${permission}\`` : "none"}`)
  )
  assert.deepStrictEqual(told.toSorted(), real.toSorted())
})

it("finds a route by its last part's name, and no longer path", () => {
  assert.deepStrictEqual(v2.find("GET", "/v2/swap/s1")?.id, "s1")
  assert.isUndefined(v2.find("GET", "/v2/swap/s1/more"))
  assert.isUndefined(v2.find("GET", "/v2/swap/"))
  assert.isTrue(v2.knows("/v2/futures"))
  assert.isFalse(v3.knows("/v3/toString"))
  assert.deepStrictEqual(
    [versionOf("/v2/user").name, versionOf("/v3/user").name, versionOf("/").name],
    ["v2", "v3", "v3"]
  )
})
