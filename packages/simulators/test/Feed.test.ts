import { writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, it } from "@effect/vitest"
import type { EvaluationProgress } from "@millrace/contracts"
import { LnMarketsStream as Stream } from "@millrace/contracts"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { makeFeed, makeLocalExchange } from "../src/index.ts"
import { makeLockstep } from "../src/Lockstep.ts"
import { type Client, withSimulator } from "./Exchange.fixture.ts"

const eq = assert.strictEqual
const file = join(tmpdir(), `millrace-feed-${process.pid}.csv`)
writeFileSync(
  file,
  "timestamp_ms,open,high,low,close,volume\n60000,10000,10010,9990,10005,1\n120000,10005,10006,9300,9400,1\n300000,9400,10000,9400,10000,1\n"
)
const feed = (speed: number | "max") => ({ source: { kind: "candles", file }, speed })
const positions = [{ id: "p1", account: "alice", side: "buy", quantity: 100, leverage: 20 }]
const rules = [{ id: "r1", account: "alice", kind: "margin_guard", threshold: 0.8, action: "close_position" }]

const progress = (evaluatedToMs: number, more: Partial<EvaluationProgress> = {}): EvaluationProgress => ({
  instance: "m1",
  partitions: [0, 1],
  partitionCount: 2,
  evaluatedToMs,
  ticksEvaluated: 0,
  marginEvents: 0,
  positionsWatched: 1,
  pairsWatched: 1,
  entriesWatched: 0,
  openCommands: [],
  ...more
})

const sent = (client: Client) => Effect.map(client.control("GET", "/feed"), (answer) => answer.body.ticksSent as number)

it.live("opens positions at the first tick's price before it is sent, unrounded", () =>
  withSimulator(
    Effect.fnUntraced(function* (client) {
      yield* client.account("alice")
      const ws = yield* client.stream
      yield* ws.call("subscribe", { topics: [Stream.topics.lastPrice] })
      eq((yield* client.control("POST", "/feed/prepare", { positions, rules })).status, 409)
      eq((yield* client.control("POST", "/feed", feed(1))).body.ticksTotal, 12)
      const { body } = yield* client.control("POST", "/feed/prepare", { positions, rules })
      assert.deepInclude(body.positions[0], { id: "p1", account: "alice", entryPrice: 10_000, margin: 50_000 })
      eq(body.positions[0].liquidation, 1 / (1 / 10_000 + 50_000 / (100_000_000 * 100)))
      yield* ws.call("ping")
      eq(ws.messages.filter((message) => message.method === "subscription").length, 0)
      const broke = [{ id: "p2", account: "nobody", side: "buy", quantity: 1, leverage: 1 }]
      assert.include((yield* client.control("POST", "/positions", { positions: broke })).body.message, 'Position "p2"')
    })
  )
)

it.live("sends the next tick only when every partition has confirmed this one with no command open", () =>
  withSimulator(
    Effect.fnUntraced(function* (client) {
      yield* client.account("alice")
      const [one, two] = [yield* client.progress, yield* client.progress]
      yield* client.control("POST", "/feed", feed("max"))
      yield* client.control("POST", "/feed/prepare", { positions: [], rules: [] })
      yield* client.control("POST", "/feed/start")
      const reaches = (n: number) => sent(client).pipe(Effect.repeat({ until: (count) => count === n }))
      const stays = (n: number) =>
        Effect.andThen(Effect.sleep("30 millis"), sent(client)).pipe(Effect.map((s) => eq(s, n)))
      yield* reaches(1)
      one.send(progress(60_000, { partitions: [0] }))
      yield* stays(1)
      two.send(progress(59_999, { instance: "m2", partitions: [1] }))
      yield* stays(1)
      two.send(progress(60_000, { instance: "m2", partitions: [1] }))
      yield* reaches(2)
      one.send(progress(75_000, { openCommands: ["c1"] }))
      yield* stays(2)
      const waiting = (yield* client.control("GET", "/feed")).body.waitingFor
      assert.deepStrictEqual(waiting[0], "m1: 1 commands open, first c1")
      one.send(progress(75_000))
      yield* reaches(3)
      one.send(progress(999_999, { partitions: [0] }))
      yield* one.close
      const monitors = Effect.map(client.control("GET", "/feed"), (answer) => answer.body.monitors.length as number)
      yield* monitors.pipe(Effect.repeat({ until: (count) => count === 1 }))
      two.send(progress(90_000, { instance: "m2", partitions: [1] }))
      yield* stays(3)
      const late = yield* client.stream
      yield* late.call("subscribe", { topics: [Stream.topics.lastPrice] })
      const again = yield* late.until((message) => message.method === "subscription")
      eq(again.params.data.time, 90_000)
      two.send(progress(999_999, { instance: "m2" }))
      yield* reaches(12)
      const { body } = yield* client.control("GET", "/feed")
      assert.deepInclude(body, { done: true, phase: "done", price: 10_000, marketTimeMs: 345_000 })
    })
  )
)

it.effect("paces by the clock at a speed and sends nothing for a gap", () =>
  Effect.gen(function* () {
    const exchange = makeLocalExchange()
    const run = yield* makeFeed(exchange, makeLockstep())
    yield* run.configure({ source: { kind: "candles", file }, speed: 10 })
    yield* run.start
    const after = (seconds: number) => Effect.map(TestClock.adjust(seconds * 1000), () => run.status().ticksSent)
    // Ticks lie at 0, 15, 30, 45, 60, 75, 90, 105, 240, 255, 270 and 285 s of market time.
    eq(yield* after(0), 1)
    eq(yield* after(1.4), 1)
    eq(yield* after(0.1), 2)
    eq(yield* after(9), 8)
    eq(yield* after(13.4), 8)
    eq(yield* after(0.1), 9)
    eq((yield* Effect.andThen(after(4.5), run.stop)).phase, "done")
  }).pipe(Effect.provide(NodeFileSystem.layer))
)

it.live("tells the crossing and the liquidation of a run, and what was asked too late", () =>
  withSimulator(
    Effect.fnUntraced(function* (client) {
      const key = yield* client.account("alice")
      yield* client.control("POST", "/feed", feed(3000))
      const opened = (yield* client.control("POST", "/feed/prepare", { positions, rules })).body.positions[0]
      yield* client.control("POST", "/feed/start")
      const status = Effect.map(client.control("GET", "/feed"), (answer) => answer.body)
      yield* status.pipe(Effect.repeat({ until: (body): boolean => body.done === true }))
      const { body } = yield* client.control("GET", "/summary?ticks=60000,135000")
      eq(body.ticksSent, 12)
      assert.deepInclude(body.crossings[0], {
        rule: "r1",
        account: "alice",
        tradeId: opened.tradeId,
        atMs: 150_000,
        price: 9300
      })
      assert.deepInclude(body.liquidations[0], { account: "alice", tradeId: opened.tradeId, marketTimeMs: 150_000 })
      eq(body.crossings.length, 1)
      assert.isAbove(body.ticks.find((tick: { marketTimeMs: number }) => tick.marketTimeMs === 135_000).sentAtMs, 0)
      const late = yield* client.call(key, "POST", "/futures/isolated/trade/close", { id: opened.tradeId })
      eq(late.status, 400)
      const after = (yield* client.control("GET", "/summary")).body
      assert.deepInclude(after.refusedOrders[0], {
        action: "close_position",
        applied: false,
        status: 400,
        id: opened.tradeId
      })
    })
  )
)

it.live("names what is wrong with a feed", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control }) {
      const missing = yield* control("POST", "/feed", { source: { kind: "candles", file: "/nowhere.csv" }, speed: 1 })
      assert.include(missing.body.message, "/nowhere.csv: can't be read (NotFound)")
      eq((yield* control("POST", "/feed", { ...feed("max"), speed: "fast" })).status, 400)
      eq((yield* control("POST", "/feed/start")).status, 409)
      eq((yield* control("GET", "/nothing")).status, 404)
      eq((yield* control("GET", "/health")).body.status, "ok")
    })
  )
)
