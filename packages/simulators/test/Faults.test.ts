import { assert, it } from "@effect/vitest"
import { LnMarketsStream as Stream } from "@millrace/contracts"
import { Effect, Fiber } from "effect"
import { drawLatency, type LatencyDistribution, makeFaults } from "../src/index.ts"
import { seededRandom } from "../src/SeededRandom.ts"
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

it("draws latencies as their distributions say, the same ones for the same seed", () => {
  const sorted = (distribution: LatencyDistribution, seed = 1) => {
    const random = seededRandom(seed)
    return Array.from({ length: 20_000 }, () => drawLatency(distribution, random)).sort((a, b) => a - b)
  }
  const at = (drawn: ReadonlyArray<number>, share: number) => drawn[Math.floor(share * drawn.length)]!
  const mean = (drawn: ReadonlyArray<number>) => drawn.reduce((sum, ms) => sum + ms, 0) / drawn.length
  const lognormal = sorted({ kind: "lognormal", medianMs: 30, p99Ms: 900 })
  assert.closeTo(at(lognormal, 0.5), 30, 1.5)
  assert.closeTo(at(lognormal, 0.99), 900, 120)
  assert.deepStrictEqual(lognormal, sorted({ kind: "lognormal", medianMs: 30, p99Ms: 900 }))
  assert.notDeepEqual(lognormal, sorted({ kind: "lognormal", medianMs: 30, p99Ms: 900 }, 2))
  assert.closeTo(mean(sorted({ kind: "exponential", meanMs: 50 })), 50, 2)
  assert.closeTo(at(sorted({ kind: "pareto", minimumMs: 10, shape: 2 }), 0.75), 20, 1)
  const uniform = sorted({ kind: "uniform", fromMs: 10, toMs: 20 })
  assert.isTrue(uniform[0]! >= 10 && uniform.at(-1)! <= 20)
  assert.closeTo(mean(uniform), 15, 0.2)
  const normal = sorted({ kind: "normal", meanMs: 5, deviationMs: 20 })
  assert.deepStrictEqual([normal[0], new Set(sorted({ kind: "constant", ms: 7 })).size], [0, 1])
  assert.closeTo(at(normal, 0.5), 5, 1)
  assert.isAtMost(sorted({ kind: "pareto", minimumMs: 1000, shape: 0.1 }).at(-1)!, 86_400_000)
})

it.live("delays the answers of one account by a distribution, and of no other", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call, get }) {
      const [alice, bob] = [yield* account("alice"), yield* account("bob")]
      const distribution = { kind: "constant", ms: 3_600_000 }
      yield* control("POST", "/faults", { kind: "latency", account: "alice", distribution })
      const slow = yield* Effect.forkChild(call(alice, "GET", "/account"))
      eq((yield* call(bob, "GET", "/account")).status, 200)
      eq((yield* get("/ping")).status, 200)
      eq(slow.pollUnsafe(), undefined)
      const wrong = yield* control("POST", "/faults", { kind: "latency", distribution: { kind: "gamma" } })
      eq(wrong.status, 400)
    })
  )
)

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

it.live("answers with the error it was told to, and after applying too", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call, get }) {
      const key = yield* account("alice")
      yield* control("POST", "/price", { price: 60_000 })
      const running = Effect.map(call(key, "GET", "/futures/isolated/trades/running"), (answer) => answer.body.length)
      yield* control("POST", "/faults", {
        kind: "status",
        status: 429,
        code: "SLOW_DOWN",
        message: "Later",
        retryAfterSeconds: 7,
        skip: 1,
        times: 1
      })
      eq((yield* get("/ping")).status, 200)
      const refused = yield* get("/ping")
      assert.deepStrictEqual(refused.body, { code: "SLOW_DOWN", message: "Later" })
      eq(refused.headers.get("retry-after"), "7")
      eq((yield* get("/ping")).status, 200)
      yield* control("POST", "/faults", { kind: "status_after", status: 504, route: "POST", times: 1 })
      eq((yield* call(key, "POST", "/futures/isolated/trade", market)).status, 504)
      eq(yield* running, 1)
      yield* control("POST", "/faults", { kind: "garble_reply", route: "POST", times: 1 })
      assert.isTrue(yield* failed(call(key, "POST", "/futures/isolated/trade", market)))
      eq(yield* running, 2)
    })
  )
)

it.live("strikes single pushes: lost, doubled, late in order, or repeating an old price", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, stream }) {
      const ws = yield* stream
      yield* ws.call("subscribe", { topics: [Stream.topics.lastPrice, Stream.topics.index] })
      const seen = () =>
        ws.messages.flatMap(({ params }) => (params?.topic === Stream.topics.lastPrice ? [params.data.time] : []))
      const price = (timeMs: number) => control("POST", "/price", { price: 60_000, timeMs })
      const fault = (kind: string, more: object = {}) =>
        Effect.map(control("POST", "/faults", { kind, route: "lastPrice", ...more }), ({ body }) => body.id as string)
      yield* fault("stream_drop", { times: 1 })
      yield* price(1)
      yield* fault("stream_duplicate", { times: 1 })
      yield* price(2)
      yield* fault("stream_delay", { latencyMs: 40, times: 1 })
      yield* price(3)
      yield* price(4)
      yield* ws.until((message) => message.params?.data.time === 4 && message.params.topic === Stream.topics.lastPrice)
      assert.deepStrictEqual(seen(), [2, 2, 3, 4])
      const stale = yield* fault("stream_stale")
      yield* price(5)
      yield* price(6)
      yield* control("DELETE", `/faults?id=${stale}`)
      yield* price(7)
      yield* ws.until((message) => message.params?.data.time === 7 && message.params.topic === Stream.topics.lastPrice)
      assert.deepStrictEqual(seen(), [2, 2, 3, 4, 4, 4, 7])
    })
  )
)

it.live("closes the stream with the code it was told to", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, stream }) {
      const ws = yield* stream
      yield* ws.call("ping")
      yield* control("POST", "/faults", { kind: "stream_disconnect", closeCode: 1012, message: "Service restart" })
      eq(yield* ws.closed, 1012)
    })
  )
)
