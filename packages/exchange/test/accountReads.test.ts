import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { closedTrade, credentials, crossOrder, crossPosition, trade, withExchange } from "./adapterBench.ts"
import { reply, type ScriptedExchange } from "./ScriptedExchange.ts"

const lists = ["open", "running", "closed", "canceled"]
const since = Date.parse("2026-01-01T00:00:00.000Z")

const routes =
  (answers: Readonly<Record<string, unknown>>): ScriptedExchange["onRequest"] =>
  ({ url }, response) => {
    const { pathname, searchParams } = new URL(url, "http://exchange")
    const cursor = searchParams.get("cursor")
    const answer = answers[`${pathname}${cursor === null ? "" : `#${cursor}`}`]
    const paged = /closed|canceled|filled|transfers/u.test(pathname)
    reply(response, 200, answer ?? (paged ? { data: [], nextCursor: null } : []))
  }

const page = (data: ReadonlyArray<unknown>, nextCursor: string | null = null) => ({ data, nextCursor })

describe("the search by client id", () => {
  const isolated = "/v3/futures/isolated/trades"
  const wanted = { ...trade, clientId: "c-1" }
  const ended = { ...closedTrade, clientId: "c-1" }

  for (const [list, answers] of [
    ["open", { [`${isolated}/open`]: [{ ...wanted, open: true, running: false }] }],
    ["running", { [`${isolated}/running`]: [trade, wanted] }],
    ["closed", { [`${isolated}/closed`]: page([closedTrade], "2"), [`${isolated}/closed#2`]: page([ended]) }],
    ["canceled", { [`${isolated}/canceled`]: page([{ ...ended, closed: false, canceled: true }]) }]
  ] as const) {
    it.live(`finds a trade that is ${list}, and asks no list that a trade can't move to`, () =>
      withExchange({}, (scripted, exchange) =>
        Effect.gen(function* () {
          scripted.onRequest = routes(answers)
          const session = yield* Effect.scoped(exchange.account("a", credentials))
          const found = yield* session.findTradeByClientId("c-1", since)
          assert.deepInclude(found, { tradeId: "t-1", clientId: "c-1", status: list })
          const asked = scripted.seen.map(({ url }) => new URL(url, "http://exchange").pathname.split("/").at(-1))
          assert.deepStrictEqual([...new Set(asked)], lists.slice(0, lists.indexOf(list) + 1))
        })
      )
    )
  }

  it.live("asks for ended trades since the time only, and takes no older one for it", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = routes({ [`${isolated}/closed`]: page([ended]) })
        const session = yield* Effect.scoped(exchange.account("a", credentials))
        assert.isUndefined(yield* session.findTradeByClientId("c-1", since + 1))
        const closed = scripted.seen.filter(({ url }) => url.includes("/closed"))
        assert.deepStrictEqual(
          closed.map(({ url }) => new URL(url, "http://exchange").searchParams.get("from")),
          ["2026-01-01T00:00:00.001Z"]
        )
      })
    )
  )

  it.live("fails rather than say that there is none when the list has no end", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (request, response, socket) =>
          request.url.includes("/closed")
            ? reply(response, 200, page([closedTrade], "again"))
            : routes({})(request, response, socket)
        const session = yield* Effect.scoped(exchange.account("a", credentials))
        const failure = yield* Effect.flip(session.findTradeByClientId("c-1", since))
        assert.deepInclude(failure, { operation: "closed trades", reason: "invalidReply", applied: "no" })
        assert.strictEqual((yield* Effect.flip(session.findTrade("t-2"))).reason, "invalidReply")
      })
    )
  )
})

it.live("a trade that is filled between the reads of two lists is found", () =>
  withExchange({}, (scripted, exchange) =>
    Effect.gen(function* () {
      let filled = false
      scripted.onRequest = (request, response, socket) => {
        if (request.url.includes("/running") && filled) return reply(response, 200, [trade])
        if (request.url.includes("/closed")) filled = true
        return routes({})(request, response, socket)
      }
      const session = yield* Effect.scoped(exchange.account("a", credentials))
      assert.strictEqual((yield* session.findTrade("t-1"))?.status, "running")
    })
  )
)

describe("cross margin", () => {
  it.live("shows a short position with a positive quantity, and none without a side", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, response) => reply(response, 200, crossPosition)
        const session = yield* Effect.scoped(exchange.account("a", credentials))
        assert.deepStrictEqual(yield* session.crossPosition, {
          exchangeId: "p-1",
          side: "sell",
          quantityUsd: 100,
          leverage: 5,
          marginSats: 40000,
          entryPriceUsd: 60000,
          liquidationPriceUsd: 75000.5,
          maintenanceMarginSats: 250,
          runningMarginSats: crossPosition.runningMargin,
          initialMarginSats: crossPosition.initialMargin,
          pnlSats: -7,
          updatedAtMs: Date.parse("2026-01-01T00:00:05.000Z")
        })
        const empty = { ...crossPosition, quantity: 0, entryPrice: null, liquidation: null }
        scripted.onRequest = (_request, response) => reply(response, 200, empty)
        const none = yield* session.crossPosition
        assert.deepInclude(none, { side: undefined, quantityUsd: 0, entryPriceUsd: undefined })
        assert.isUndefined(none.liquidationPriceUsd)
      })
    )
  )

  it.live("lists orders newest first; one that was filled between the reads counts once, as filled", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        const openOrder = { ...crossOrder, type: "limit", open: true, filled: false, filledAt: null }
        const newer = { ...crossOrder, id: "o-2", createdAt: "2026-01-01T00:00:09.000Z" }
        const older = { ...crossOrder, id: "o-0", createdAt: "2025-12-31T23:59:59.999Z" }
        scripted.onRequest = routes({
          "/v3/futures/cross/orders/open": [openOrder, older],
          "/v3/futures/cross/orders/filled": page([older, crossOrder], "2"),
          "/v3/futures/cross/orders/filled#2": page([newer])
        })
        const session = yield* Effect.scoped(exchange.account("a", credentials))
        const orders = yield* session.crossOrders(since)
        assert.deepStrictEqual(
          orders.map(({ orderId, status }) => `${orderId} ${status}`),
          ["o-2 filled", "o-1 filled"]
        )
        assert.deepInclude(orders[1], {
          side: "sell",
          quantityUsd: 30,
          priceUsd: 61000,
          filledAtMs: since + 2000,
          clientId: undefined
        })
      })
    )
  )

  it.live("lists transfers since a time, newest first", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        const transfer = (id: string, amount: number, time: string) => ({ id, uid: "u", amount, time })
        scripted.onRequest = routes({
          "/v3/futures/cross/transfers": page([
            transfer("before", 1, "2025-12-31T23:59:59.999Z"),
            transfer("in", 500, "2026-01-01T00:00:00.000Z"),
            transfer("out", -200, "2026-01-01T00:00:01.000Z")
          ])
        })
        const session = yield* Effect.scoped(exchange.account("a", credentials))
        assert.deepStrictEqual(yield* session.crossTransfers(since), [
          { transferId: "out", amountSats: -200, atMs: since + 1000 },
          { transferId: "in", amountSats: 500, atMs: since }
        ])
      })
    )
  )
})

describe("the identity of a key", () => {
  const account = {
    id: "u-1",
    username: "satoshi",
    balance: 12345,
    syntheticUsdBalance: 0,
    email: null,
    feeTier: 0,
    linkingPublicKey: null
  }

  it.live("is the account with what the stream says the key may do; its stream is closed afterwards", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, response) => reply(response, 200, account)
        scripted.onCall = () => ({ result: { authenticated: true, permissions: ["futures:isolated:read"] } })
        const session = yield* Effect.scoped(exchange.account("a", credentials))
        assert.deepStrictEqual(yield* session.identity, {
          exchangeUserId: "u-1",
          username: "satoshi",
          balanceSats: 12345,
          permissions: ["futures:isolated:read"]
        })
        while (scripted.streams.size > 0) yield* Effect.sleep("2 millis")
        assert.deepStrictEqual(
          scripted.calls.map(({ method }) => method),
          ["authenticate"]
        )
      })
    )
  )

  it.live("is refused with wrong credentials, by REST before a stream is opened", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, response) => reply(response, 401, { message: "Signature is not valid" })
        const session = yield* Effect.scoped(exchange.account("a", credentials))
        assert.deepInclude(yield* Effect.flip(session.identity), { reason: "unauthorized", kind: "permanent" })
        assert.lengthOf(scripted.calls, 0)
      })
    )
  )

  it.live("is not known, which is no refusal, while the stream does not answer", () =>
    withExchange({ streamUrl: new URL("ws://127.0.0.1:9/v1") }, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, response) => reply(response, 200, account)
        const session = yield* Effect.scoped(exchange.account("a", credentials))
        assert.deepInclude(yield* Effect.flip(session.identity), { reason: "unavailable", kind: "temporary" })
      })
    )
  )
})
