import { assert, describe, it } from "@effect/vitest"
import { Breakers } from "@millrace/runtime"
import { RateLimits } from "@millrace/store"
import { Clock, Duration, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { Exchange } from "../src/Exchange.ts"
import type { ExchangeSettings } from "../src/ExchangeConfig.ts"
import { makeLnMarketsV3Over } from "../src/LnMarketsV3.ts"
import type { RestConnection } from "../src/RestConnection.ts"
import { budgetsV2 } from "../src/requestLimit.ts"
import { credentials, crossPosition, settingsV2, trade } from "./adapterBench.ts"
import { settingsFor } from "./ScriptedExchange.ts"

interface Sent {
  readonly what: string
  readonly atMs: number
}

/** The adapter of v3 over a connection in memory, in virtual time. */
const start = Effect.fnUntraced(function* (changes: Partial<ExchangeSettings>) {
  const sent: Array<Sent> = []
  const connection: RestConnection = {
    exchange: (request) =>
      Effect.map(Clock.currentTimeMillis, (atMs) => {
        const path = request.target.split("?")[0]!
        if (path === "/v3/time") return answer({ time: new Date(atMs).toISOString() })
        sent.push({ what: path.split("/").at(-1)!, atMs })
        if (path.endsWith("/ticker")) {
          return answer({ index: 1, lastPrice: 1, fundingRate: null, fundingTime: null, prices: [] })
        }
        return answer(path.endsWith("/position") ? crossPosition : path.endsWith("/close") ? trade : [])
      })
  }
  const settings = settingsFor("exchange", { accountPerSecond: 5, accountReserve: 2, publicPerSecond: 10, ...changes })
  const services = yield* Layer.build(Layer.fresh(Layer.merge(RateLimits.layerMemory, Breakers.layer)))
  const exchange: Exchange["Service"] = yield* Effect.provide(makeLnMarketsV3Over(connection, settings), services)
  yield* TestClock.adjust("2 seconds")
  return { exchange, sent, times: (what: string) => sent.filter((each) => each.what === what).map(({ atMs }) => atMs) }
})

const answer = (body: unknown) => ({ status: 200, retryAfter: undefined, body: JSON.stringify(body) })

/** The most that went out within any window of that length. */
const most = (sent: ReadonlyArray<Sent>, windowMs: number): number =>
  Math.max(...sent.map(({ atMs }) => sent.filter((each) => each.atMs >= atMs && each.atMs < atMs + windowMs).length))

describe("the budget of an address", () => {
  it.effect("bounds all accounts and the public side together; nothing is lost", () =>
    Effect.gen(function* () {
      const { exchange, sent } = yield* start({ addressPerSecond: 5 })
      for (let n = 0; n < 5; n++) {
        const session = yield* exchange.account(`a-${n}`, credentials)
        for (let read = 0; read < 3; read++) yield* Effect.forkScoped(session.runningTrades)
      }
      for (let read = 0; read < 3; read++) yield* Effect.forkScoped(exchange.ticker)
      yield* TestClock.adjust("9 seconds")
      assert.lengthOf(sent, 18)
      assert.isAtMost(most(sent, 1_100), 5)
    })
  )

  it.effect("keeps the share of orders that an account keeps, and lets them overtake the reads of other accounts", () =>
    Effect.gen(function* () {
      const { exchange, times } = yield* start({ addressPerSecond: 10 })
      for (let n = 0; n < 10; n++) {
        const session = yield* exchange.account(`a-${n}`, credentials)
        for (let read = 0; read < 3; read++) yield* Effect.forkScoped(session.runningTrades)
      }
      yield* TestClock.adjust("1 millis")
      assert.lengthOf(times("running"), 6)
      const now = yield* Clock.currentTimeMillis
      for (let n = 0; n < 6; n++) {
        const session = yield* exchange.account(`b-${n}`, credentials)
        yield* Effect.forkScoped(Effect.flatMap(session.signCloseTrade("t-1"), ({ send }) => send))
      }
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(times("close"), [now, now, now, now])
      yield* TestClock.adjust("1200 millis")
      assert.lengthOf(times("close"), 6)
    })
  )

  it.effect("does not exist unless it is set", () =>
    Effect.gen(function* () {
      const { exchange, sent } = yield* start({})
      for (let n = 0; n < 50; n++) {
        const session = yield* exchange.account(`a-${n}`, credentials)
        yield* Effect.forkScoped(session.runningTrades)
      }
      yield* TestClock.adjust("1 millis")
      assert.lengthOf(sent, 50)
    })
  )

  it.effect("never makes an order wait longer than it may, for both turns together", () =>
    Effect.gen(function* () {
      const { exchange, sent } = yield* start({ addressPerSecond: 1, orderWait: Duration.seconds(2) })
      const failures: Array<string> = []
      for (let n = 0; n < 8; n++) {
        const session = yield* exchange.account("a", credentials)
        yield* session.signCloseTrade("t-1").pipe(
          Effect.flatMap(({ send }) => send),
          Effect.catch((error) => Effect.sync(() => failures.push(`${error.reason} ${error.applied}`))),
          Effect.forkScoped
        )
      }
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(sent.length + failures.length, 8)
      assert.deepStrictEqual(new Set(failures), new Set(["rateLimited no"]))
    })
  )
})

describe("the reads of a command", () => {
  it.effect("use the reserve of their account and come before periodic reads", () =>
    Effect.gen(function* () {
      const { exchange, times } = yield* start({})
      const watching = yield* exchange.account("a", credentials)
      const commands = yield* exchange.account("a", credentials, "commands")
      for (let read = 0; read < 6; read++) yield* Effect.forkScoped(watching.runningTrades)
      for (let read = 0; read < 3; read++) yield* Effect.forkScoped(commands.crossPosition)
      const now = yield* Clock.currentTimeMillis
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(times("running"), [now, now, now])
      assert.deepStrictEqual(times("position"), [now, now])
      yield* TestClock.adjust("1100 millis")
      assert.lengthOf(times("position"), 3)
      assert.isAtMost(times("running").length, 5)
    })
  )
})

it.effect("v2 counts by the minute, with a reserve for orders, and spreads the public side evenly", () =>
  Effect.gen(function* () {
    const limits = yield* RateLimits
    const v2 = settingsV2({ accountPerMinute: 60, accountReserve: 20, publicPerMinute: 30 })
    const { ofAccount, ofPublic } = budgetsV2(settingsFor("exchange"), v2)
    const take = (limit: (typeof ofPublic)[0], priority: "ordinary" | "urgent") =>
      Effect.map(Effect.result(limits.take(limit, { priority, maxWaitMs: 0 })), ({ _tag }) => _tag === "Success")
    const taken = (limit: (typeof ofPublic)[0], priority: "ordinary" | "urgent") =>
      Effect.map(
        Effect.all(Array.from({ length: 80 }, () => take(limit, priority))),
        (turns) => turns.filter((turn) => turn).length
      )
    assert.strictEqual(yield* taken(ofAccount("a")[0], "ordinary"), 40)
    assert.strictEqual(yield* taken(ofAccount("a")[0], "urgent"), 20)
    assert.strictEqual(yield* taken(ofPublic[0], "ordinary"), 1)
    yield* TestClock.adjust("2100 millis")
    assert.strictEqual(yield* taken(ofPublic[0], "ordinary"), 1)
    assert.strictEqual(yield* taken(ofAccount("a")[0], "urgent"), 0)
    yield* TestClock.adjust("1 minute")
    assert.strictEqual(yield* taken(ofAccount("a")[0], "urgent"), 60)
  }).pipe(Effect.provide(RateLimits.layerMemory))
)
