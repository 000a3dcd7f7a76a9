/**
 * A program of a user of the official client `@ln-markets/api` 1 (REST v2 and the old WebSocket). argv: what to use, and
 * where the library lies. Prints what each call answered, and what was pushed, as JSON.
 */
// biome-ignore-all lint/suspicious/noExplicitAny: the library is loaded where it is installed, and has no types elsewhere

const { key, secret, passphrase, library, control } = JSON.parse(process.argv[2] ?? "{}")
const load = (name: string): Promise<any> => import(name)
const { LNMarketsRest, LNMarketsWebsocket } = (await load(`${library}/src/index.js`)).default
const rest = new LNMarketsRest({ key, secret, passphrase, version: "v2" })
const answers: Record<string, any> = {}
const call = async (name: string, made: () => Promise<any>): Promise<any> => {
  answers[name] = await made()
  return answers[name]
}
await call("ticker", () => rest.futuresGetTicker())
const opened = await call("new", () => rest.futuresNewPosition({ type: "m", side: "b", quantity: 1000, leverage: 10 }))
await call("positions", () => rest.futuresGetPositions({ type: "running", limit: 10 }))
await call("update", () => rest.futuresUpdatePosition({ id: opened.id, type: "takeprofit", value: 62_000 }))
await call("add", () => rest.futuresAddMarginPosition({ id: opened.id, amount: 20_000 }))
await call("close", () => rest.futuresClosePosition({ id: opened.id }))
await call("closeAll", () => rest.futuresCloseAllPositions())
await call("user", () => rest.getUser())
await call("deposit", () => rest.deposit({ amount: 100 }))
await call("refused", () =>
  rest.futuresClosePosition({ id: opened.id }).catch(({ name, code, statusCode }: any) => ({ name, code, statusCode }))
)

const socket = new LNMarketsWebsocket({ key, secret, passphrase })
const pushed = new Promise((resolve) => socket.on("message", resolve))
await socket.connect()
await call("auth", () => socket.authenticate())
await call("subscribe", () => socket.subscribe({ params: ["futures:btc_usd:last-price"] }))
await fetch(`${control}/price`, { method: "POST", body: JSON.stringify({ price: 61_000, timeMs: 1_700_000_001_000 }) })
await call("push", () => pushed)
await call("unsubscribe", () => socket.unsubscribe({ params: ["futures:btc_usd:last-price"] }))
socket.terminate()
process.stdout.write(JSON.stringify({ answers }))
