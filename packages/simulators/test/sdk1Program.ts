/**
 * A program of a user of the official client `@ln-markets/sdk` 1 (REST v2 and v3): every call of its v2 but options and
 * synthetic deposits. argv: what to use, and where the library lies. Prints what each answered as JSON.
 */
// biome-ignore-all lint/suspicious/noExplicitAny: the library is loaded where it is installed, and has no types elsewhere

import { recordCalls } from "./recordCalls.ts"

const { key, secret, passphrase, library } = JSON.parse(process.argv[2] ?? "{}")
const load = (name: string): Promise<any> => import(name)
const { createHttpClient } = await load(`${library}/dist/v2/index.js`)
const v3 = (await load(`${library}/dist/v3/index.js`)).createHttpClient({ key, secret, passphrase })
const { client, uncalled } = recordCalls(createHttpClient({ key, secret, passphrase }))
const answers: Record<string, any> = {}
const call = async (name: string, made: () => Promise<any>): Promise<any> => {
  answers[name] = await made()
  return answers[name]
}

await call("ping", () => client.ping())
await call("time", () => client.time())
const { futures } = client
const order = { type: "m", side: "b", quantity: 1000, leverage: 10 }
await call("getTicker", () => futures.getTicker())
const trade = await call("newTrade", () => futures.newTrade(order))
await call("getTrades", () => futures.getTrades({ type: "running" }))
await call("getTrade", () => futures.getTrade({ id: trade.id }))
await call("updateTrade", () => futures.updateTrade({ id: trade.id, type: "stoploss", value: 58_000 }))
await call("addMargin", () => futures.addMargin({ id: trade.id, amount: 20_000 }))
await call("cashIn", () => futures.cashIn({ id: trade.id, amount: 1000 }))
await call("closeTrade", () => futures.closeTrade({ id: trade.id }))
const limit = await futures.newTrade({ ...order, type: "l", price: 50_000 })
await call("cancelTrade", () => futures.cancelTrade({ id: limit.id }))
await futures.newTrade({ ...order, type: "l", price: 50_000 })
await call("cancelAllTrades", () => futures.cancelAllTrades())
await futures.newTrade(order)
await call("closeAllTrades", () => futures.closeAllTrades())
const period = { from: 0, to: 2_000_000_000_000, limit: 5 }
await call("getMarketDetails", () => futures.getMarketDetails())
await call("getIndexHistory", () => futures.getIndexHistory(period))
await call("getPriceHistory", () => futures.getPriceHistory(period))
await call("getFixingHistory", () => futures.getFixingHistory(period))
await call("getOHLCHistory", () => futures.getOHLCHistory({ ...period, range: "60" }))
await call("getCarryFeesHistory", () => futures.getCarryFeesHistory(period))
await call("getLeaderboard", () => futures.getLeaderboard())
await call("oracle.getIndex", () => client.oracle.getIndex(period))
await call("oracle.getLastPrice", () => client.oracle.getLastPrice(period))
const { user } = client
await call("getUser", () => user.get())
await call("updateUser", () => user.update({ showLeaderboard: false }))
const deposit = await call("deposit", () => user.deposit({ amount: 5000 }))
await call("getDeposits", () => user.getDeposits())
await call("getDeposit", () => user.getDeposit({ depositId: deposit.depositId }))
const out = await call("withdraw", () => user.withdraw({ invoice: deposit.paymentRequest }))
await call("getWithdrawals", () => user.getWithdrawals())
await call("getWithdrawal", () => user.getWithdrawal({ id: out.id }))
await call("transfer", () => user.transfer({ amount: 7, toUsername: "bob" }))
await call("newBitcoinAddress", () => user.newBitcoinAddress({ format: "p2tr" }))
await call("getBitcoinAddresses", () => user.getBitcoinAddresses({ current: true }))
await call("notifications.getAll", () => client.notifications.getAll())
await call("notifications.markAllAsRead", async () => (await client.notifications.markAllAsRead()) ?? "read")
const swapped = await call("newSwap", () =>
  client.swaps.newSwap({ inAmount: 200_000, inAsset: "BTC", outAsset: "USD" })
)
await call("getSwaps", () => client.swaps.getSwaps())
await call("getSwap", () => client.swaps.getSwap({ swapId: swapped.id }))
await call("v3.running", () => v3.futures.isolated.getRunningTrades())
await call("v3.internal", () => v3.account.getInternalWithdrawals())
process.stdout.write(JSON.stringify({ answers, uncalled: uncalled() }))
