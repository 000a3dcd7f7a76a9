/**
 * A program of a user of the official client `@ln-markets/sdk` 2: every call of its REST v3 and of its stream, against
 * the addresses that are built into it. Prints what each answered as JSON.
 */
// biome-ignore-all lint/suspicious/noExplicitAny: the library is loaded where it is installed, and has no types elsewhere

import { recordCalls } from "./recordCalls.ts"

const { key, secret, passphrase, control } = JSON.parse(process.argv[2] ?? "{}")
const load = (name: string): Promise<any> => import(name)
const { createHttpClient } = await load("@ln-markets/sdk/rest/v3")
const { StreamClient } = await load("@ln-markets/sdk/stream/v1")
const { client, uncalled } = recordCalls(createHttpClient({ key, secret, passphrase }))
const answers: Record<string, any> = {}
const call = async (name: string, made: () => Promise<any>): Promise<any> => {
  answers[name] = await made()
  return answers[name]
}
const command = (method: string, path: string, body: object): Promise<Response> =>
  fetch(`${control}${path}`, { method, body: JSON.stringify(body) })
const price = (usd: number, timeMs: number) => command("POST", "/price", { price: usd, timeMs })

const stream = new StreamClient({ reconnectInterval: 50 })
const events: Array<readonly [string, any]> = []
const topics = [
  "futures/inverse/btc_usd/isolated/trades",
  "futures/inverse/btc_usd/cross/orders",
  "futures/inverse/btc_usd/cross/position",
  "futures/inverse/btc_usd/lastPrice",
  "futures/inverse/btc_usd/ticker",
  "wallet/deposit"
]
for (const topic of topics) stream.on(topic, (data: any) => events.push([topic, data]))
await stream.connect()
await call("hello", () => stream.hello({ clientName: "test", clientVersion: "1" }))
await call("stream.ping", () => stream.ping())
await call("stream.time", () => stream.time())
await call("authenticate", () => stream.authenticate({ key, secret, passphrase }))
await call("whoami", () => stream.whoami())
await call("subscribe", () => stream.subscribe({ topics }))
await price(60_000, 1_700_000_000_000)

await call("ping", () => client.ping())
await call("time", () => client.time())
await call("getTicker", () => client.futures.getTicker())
await call("getCandles", () => client.futures.getCandles({ from: "2023-11-14T00:00:00.000Z", range: "1h", limit: 5 }))
await call("getFundingSettlements", () => client.futures.getFundingSettlements())
await call("getLeaderboard", () => client.futures.getLeaderboard())
await call("getIndex", () => client.oracle.getIndex({ limit: 1 }))
await call("getLastPrice", () => client.oracle.getLastPrice({ limit: 1 }))

const { isolated, cross } = client.futures
const order = { type: "market", side: "buy", quantity: 1000, leverage: 10 }
const trade = await call("newTrade", () => isolated.newTrade({ ...order, clientId: "mine" }))
const limit = await call("newTrade limit", () => isolated.newTrade({ ...order, type: "limit", price: 50_000 }))
await call("getOpenTrades", () => isolated.getOpenTrades())
await call("getRunningTrades", () => isolated.getRunningTrades())
await call("addMargin", () => isolated.addMargin({ id: trade.id, amount: 20_000 }))
await call("cashIn", () => isolated.cashIn({ id: trade.id, amount: 1000 }))
await call("updateStoploss", () => isolated.updateStoploss({ id: trade.id, value: 58_000 }))
await call("updateStoploss trailing", () => isolated.updateStoploss({ id: trade.id, value: 1, mode: "trailing" }))
await call("removeStoploss", () => isolated.removeStoploss({ id: trade.id }))
await call("updateTakeprofit", () => isolated.updateTakeprofit({ id: trade.id, value: 62_000 }))
await call("removeTakeprofit", () => isolated.removeTakeprofit({ id: trade.id }))
await call("cancel", () => isolated.cancel({ id: limit.id }))
await isolated.newTrade({ ...order, type: "limit", price: 50_000 })
await call("cancelAll", () => isolated.cancelAll())
await call("close", () => isolated.close({ id: trade.id }))
await call("getClosedTrades", () => isolated.getClosedTrades({ limit: 10 }))
await call("isolated.getFundingFees", () => isolated.getFundingFees())

await call("cross.deposit", () => cross.deposit({ amount: 400_000 }))
await call("setLeverage", () => cross.setLeverage({ leverage: 10 }))
await call("newOrder", () => cross.newOrder({ type: "market", side: "buy", quantity: 1000 }))
const waiting = await call("newOrder limit", () =>
  cross.newOrder({ type: "limit", side: "buy", quantity: 10, price: 50_000 })
)
await call("cross.getOpenOrders", () => cross.getOpenOrders())
await call("cross.cancel", () => cross.cancel({ id: waiting.id }))
await cross.newOrder({ type: "limit", side: "buy", quantity: 10, price: 50_000 })
await call("cross.cancelAll", () => cross.cancelAll())
await call("cross.getPosition", () => cross.getPosition())
await call("cross.close", () => cross.close())
await call("cross.getFilledOrders", () => cross.getFilledOrders({ limit: 1 }))
await call("cross.withdraw", () => cross.withdraw({ amount: 1000 }))
await call("cross.getTransfers", () => cross.getTransfers())
await call("cross.getFundingFees", () => cross.getFundingFees())

await call("account.get", () => client.account.get())
const deposit = await call("depositLightning", () => client.account.depositLightning({ amount: 5000 }))
await command("POST", "/deposits/pay", { deposit: deposit.depositId })
await call("getLightningDeposits", () => client.account.getLightningDeposits({ settled: true }))
await call("withdrawLightning", () => client.account.withdrawLightning({ invoice: deposit.paymentRequest }))
await call("getLightningWithdrawals", () => client.account.getLightningWithdrawals({ status: "failed" }))
await call("addBitcoinAddress", () => client.account.addBitcoinAddress())
const { address } = await call("getBitcoinAddress", () => client.account.getBitcoinAddress())
await call("withdrawOnChain", () => client.account.withdrawOnChain({ address, amount: 1000 }))
await call("getOnChainDeposits", () => client.account.getOnChainDeposits({ status: "MEMPOOL" }))
await call("getOnChainWithdrawals", () => client.account.getOnChainWithdrawals())
await call("getNotifications", () => client.account.getNotifications({ read: false }))
await call("readNotifications", async () => (await client.account.readNotifications()) ?? "read")
await call("getBestPrice", () => client.syntheticUsd.getBestPrice())
await call("newSwap", () => client.syntheticUsd.newSwap({ inAmount: 200_000, inAsset: "BTC", outAsset: "USD" }))
await call("getSwaps", () => client.syntheticUsd.getSwaps({ limit: 3 }))

await call("refused", () =>
  isolated.close({ id: trade.id }).catch((error: any) => ({ status: error.response?.status, name: error.name }))
)
const liar = createHttpClient({ key, passphrase, secret: "wrong" })
await call("unsigned", () => liar.account.get().catch((error: any) => error.response?.status))
await call("unknown topic", () =>
  stream.subscribe({ topics: ["nowhere"] }).catch((error: any) => ({ name: error.name, code: error.code }))
)

await call("unsubscribe", () => stream.unsubscribe({ topics: topics.slice(0, 1) }))
const reconnected = new Promise((resolve) => stream.once("reconnected", resolve))
await command("POST", "/faults", { kind: "stream_disconnect" })
await call("reconnected", () => reconnected)
await call("unsubscribeAll", () => stream.unsubscribeAll())
stream.close()
process.stdout.write(JSON.stringify({ answers, events, uncalled: uncalled() }))
