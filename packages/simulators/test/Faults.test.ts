import { assert, it } from "@effect/vitest"
import { LnMarketsStream as Stream } from "@millrace/contracts"
import { Effect, Fiber } from "effect"
import { makeFaults } from "../src/index.ts"
import { wallNowMs } from "../src/WallClock.ts"
import { withSimulator } from "./Exchange.fixture.ts"

const eq = assert.strictEqual
const market = { leverage: 10, quantity: 1000, side: "buy", type: "market" }
const failed = <A, E>(effect: Effect.Effect<A, E>) => Effect.map(Effect.exit(effect), (exit) => exit._tag === "Failure")

it("strikes a share of the requests, the same ones for the same seed, and no more often than told", () => {
  const strikes = (seed: number) => {
    const faults = makeFaults(seed)
    faults.add({ kind: "status", probability: 0.3 })
    return Array.from({ length: 1000 }, () => (faults.plan("GET /x", undefined).before === "none" ? 0 : 1))
  }
  assert.deepStrictEqual(strikes(1), strikes(1))
  assert.closeTo(strikes(1).filter(Boolean).length, 300, 50)
  const twice = makeFaults(1)
  twice.add({ kind: "status", times: 2, route: "POST", account: "a" })
  const hit = (route: string, account: string) => twice.plan(route, account).before !== "none"
  assert.deepStrictEqual([hit("GET /x", "a"), hit("POST /x", "b"), hit("POST /x", "a")], [false, false, true])
  assert.deepStrictEqual([hit("POST /x", "a"), hit("POST /x", "a")], [true, false])
})

it.live("holds the reply of an order after applying it, until released", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call }) {
      const key = yield* account("alice")
      yield* control("POST", "/price", { price: 60_000 })
      const { body } = yield* call(key, "POST", "/futures/isolated/trade", market)
      yield* control("POST", "/faults", { kind: "hold_reply", route: "trade/close", account: "alice", times: 1 })
      const close = yield* Effect.forkChild(call(key, "POST", "/futures/isolated/trade/close", { id: body.id }))
      const held = control("GET", "/replies").pipe(Effect.map((answer) => answer.body.replies))
      yield* held.pipe(Effect.repeat({ until: (replies) => replies.length === 1 }))
      eq((yield* call(key, "GET", "/futures/isolated/trades/running")).body.length, 0)
      eq(close.pollUnsafe(), undefined)
      eq((yield* control("POST", "/replies/release", {})).body.released, 1)
      eq((yield* Fiber.join(close)).body.closed, true)
    })
  )
)

it.live("forgets a held reply with its connection; the order stays applied", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call }) {
      const key = yield* account("alice")
      yield* control("POST", "/price", { price: 60_000 })
      yield* control("POST", "/faults", { kind: "hold_reply", route: "POST /v3/futures/isolated/trade", times: 1 })
      const lost = yield* call(key, "POST", "/futures/isolated/trade", market).pipe(Effect.timeoutOption("200 millis"))
      eq(lost._tag, "None")
      const held = control("GET", "/replies").pipe(Effect.map((answer) => answer.body.replies))
      yield* held.pipe(Effect.repeat({ until: (replies) => replies.length === 0 }))
      eq((yield* call(key, "GET", "/futures/isolated/trades/running")).body.length, 1)
    })
  )
)

it.live("resets before or after applying, answers errors, delays, and refuses connections", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call, get }) {
      const key = yield* account("alice")
      yield* control("POST", "/price", { price: 60_000 })
      const open = call(key, "POST", "/futures/isolated/trade", market)
      const running = Effect.map(call(key, "GET", "/futures/isolated/trades/running"), (answer) => answer.body.length)
      yield* control("POST", "/faults", { kind: "reset", route: "POST", times: 1 })
      assert.isTrue(yield* failed(open))
      eq(yield* running, 0)
      yield* control("POST", "/faults", { kind: "reset_after", route: "POST", times: 1 })
      assert.isTrue(yield* failed(open))
      eq(yield* running, 1)
      yield* control("POST", "/faults", { kind: "status", status: 503, times: 1 })
      eq((yield* get("/ping")).body.code, "SERVICE_UNAVAILABLE")
      yield* control("POST", "/faults", { kind: "latency", latencyMs: 80, times: 1 })
      const before = wallNowMs()
      yield* get("/ping")
      assert.isAtLeast(wallNowMs() - before, 79)
      const { body } = yield* control("POST", "/faults", { kind: "refuse_connections" })
      assert.isTrue(yield* failed(get("/ping")))
      yield* control("DELETE", `/faults?id=${body.id}`)
      eq((yield* get("/ping")).status, 200)
    })
  )
)

it.live("stalls and cuts the stream", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, stream }) {
      const ws = yield* stream
      yield* ws.call("subscribe", { topics: [Stream.topics.lastPrice] })
      const { body } = yield* control("POST", "/faults", { kind: "stream_stall" })
      yield* control("POST", "/price", { price: 60_000, timeMs: 1 })
      yield* control("DELETE", `/faults?id=${body.id}`)
      yield* control("POST", "/price", { price: 60_001, timeMs: 2 })
      const push = yield* ws.until((message) => message.method === "subscription")
      eq(push.params.data.lastPrice, 60_001)
      yield* control("POST", "/faults", { kind: "stream_disconnect" })
      eq(yield* ws.closed, 1006)
      yield* control("POST", "/faults", { kind: "stream_refuse" })
      assert.isTrue(yield* failed(Effect.scoped(stream)))
    })
  )
)
