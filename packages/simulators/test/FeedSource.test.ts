import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { type FeedSource, loadFeed, parseScenario, type Tick } from "../src/index.ts"
import { withSimulator } from "./Exchange.fixture.ts"

const eq = assert.strictEqual
const startMs = 1_700_000_000_000
const ticksOf = (source: FeedSource) =>
  loadFeed(source).pipe(
    Effect.map((loaded) => ({ loaded, ticks: [...loaded.ticks()] })),
    Effect.provide(NodeFileSystem.layer)
  )
const times = (ticks: ReadonlyArray<Tick>) => ticks.map(({ timeMs }) => timeMs - startMs)
const prices = (ticks: ReadonlyArray<Tick>) => ticks.map(({ price }) => price)

it.effect("keeps a flat market at its price", () =>
  Effect.gen(function* () {
    const { loaded, ticks } = yield* ticksOf({ kind: "flat", price: 50_000, startMs, durationMs: 1000 })
    assert.deepStrictEqual(times(ticks), [0, 200, 400, 600, 800])
    assert.deepStrictEqual([...new Set(prices(ticks))], [50_000])
    assert.deepStrictEqual([loaded.total, loaded.first], [5, ticks[0]])
  })
)

it.effect("tells nothing in a gap, and goes on at the price it jumped to", () =>
  Effect.gen(function* () {
    const gap = { kind: "gap", startPrice: 60_000, startMs, tickIntervalMs: 1000 } as const
    const { ticks } = yield* ticksOf({ ...gap, beforeMs: 2000, gapMs: 5000, afterMs: 2000, jumpShare: -0.25 })
    assert.deepStrictEqual(times(ticks), [0, 1000, 7000, 8000])
    assert.deepStrictEqual(prices(ticks), [60_000, 60_000, 45_000, 45_000])
  })
)

it.effect("holds each step's price and index for its time", () =>
  Effect.gen(function* () {
    const steps = [{ price: 100, holdMs: 600 }, { price: 90, index: 91 }, { price: 95 }] as const
    const { loaded, ticks } = yield* ticksOf({ kind: "steps", startMs, tickIntervalMs: 300, steps })
    assert.deepStrictEqual(times(ticks), [0, 300, 600, 900])
    assert.deepStrictEqual(prices(ticks), [100, 100, 90, 95])
    assert.deepStrictEqual([ticks[2]?.index, ticks[3]?.index, loaded.total], [91, undefined, 4])
  })
)

it.effect("walks the same way for the same seed, as far as its volatility says", () =>
  Effect.gen(function* () {
    const walk = (seed: number, more: object = {}) =>
      ticksOf({ kind: "random_walk", seed, startMs, tickIntervalMs: 60_000, durationMs: 3_600_000, ...more })
    const [a, again, b] = [yield* walk(7), yield* walk(7), yield* walk(8)]
    assert.deepStrictEqual(a.ticks, again.ticks)
    assert.notDeepEqual(a.ticks, b.ticks)
    const ends: Array<number> = []
    for (let seed = 0; seed < 400; seed++) ends.push(Math.log((yield* walk(seed)).ticks.at(-1)!.price / 60_000))
    const deviation = Math.sqrt(ends.reduce((sum, end) => sum + end * end, 0) / ends.length)
    assert.closeTo(deviation, 0.01, 0.0015)
    const still = yield* walk(1, { volatility: 0, drift: 0.06 })
    assert.closeTo(still.ticks.at(-1)!.price / 60_000, Math.exp(0.059), 1e-4)
    const jumping = yield* walk(1, { volatility: 0, jumpsPerHour: 30, jumpShare: 0.1 })
    assert.isAbove(new Set(prices(jumping.ticks)).size, 10)
  })
)

it.live("runs the kind of market that the control port is told", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control }) {
      for (const source of [
        { kind: "flat" },
        { kind: "gap" },
        { kind: "random_walk" },
        { kind: "synthetic" },
        { kind: "steps", steps: [{ price: 1 }] }
      ])
        eq((yield* control("POST", "/feed", { source, speed: 1 })).status, 200, source.kind)
      const unknown = yield* control("POST", "/feed", { source: { kind: "moon" }, speed: 1 })
      eq(unknown.status, 400)
      yield* control("POST", "/feed", {
        source: { kind: "steps", startMs, tickIntervalMs: 1, steps: [{ price: 60_000 }, { price: 61_000 }] },
        speed: 1000
      })
      yield* control("POST", "/feed/prepare", { positions: [], rules: [] })
      yield* control("POST", "/feed/start", {})
      const done = yield* control("GET", "/feed").pipe(Effect.repeat({ until: (answer): boolean => answer.body.done }))
      assert.deepInclude(done.body, { price: 61_000, ticksSent: 2, source: "2 steps" })
    })
  )
)

it("reads the market that a scenario names", () => {
  const text = (feed: string) => `accounts: [{ id: a, name: A, balance: 1 }]\npositions: []\nrules: []\nfeed: ${feed}\n`
  const scenario = Result.getOrThrow(parseScenario(text("{ kind: gap, gapMs: 1000 }"), "s.yaml"))
  assert.deepStrictEqual(scenario.feed, { kind: "gap", gapMs: 1000 })
  const wrong = Result.getOrThrow(Result.flip(parseScenario(text("{ kind: gap, gapMs: -1 }"), "s.yaml")))
  assert.match(wrong.message, /^s\.yaml:4:\d+: feed/)
})
