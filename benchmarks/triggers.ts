// What does a tick cost the trigger index with 10,000 to 1,000,000 guarded positions, next to a loop over all of them?
//
// One process, no Kafka. Unit of work: one tick, from the price to the decided pairs (formula included, records not).
// `quiet`: the price trembles and nothing fires. `firing`: each tick passes 1,000 triggers, which are found, decided and
// set anew for their way back. Both ways must decide the same pairs; a difference ends the run. The last line is JSON.
import { performance } from "node:perf_hooks"
import { conditionHolds, dangerDirection, type MarginTerms, TriggerIndex, triggerPriceUsd } from "@millrace/trading"
import { type Figure, figureOf, median, percentile } from "./stage/figures.ts"
import { readOptions } from "./stage/options.ts"
import { finish, progress } from "./stage/report.ts"

const options = readOptions(5, ["sizes"])
const threshold = 0.85
const quietTicks = 200_000
/** Quiet ticks are timed in blocks: one alone is below the clock's resolution. */
const block = 100
const fires = 1000

interface Pair {
  readonly name: number
  readonly terms: MarginTerms
  readonly trigger: number
  handle: number
  on: boolean
}

/** Long and short positions at 10x around 60,000: their triggers lie at least 4,000 away, evenly spread. */
const makePairs = (count: number): ReadonlyArray<Pair> =>
  Array.from({ length: count }, (_, name) => {
    const side = name % 2 === 0 ? "buy" : "sell"
    const entryPriceUsd = 60_000 + (name % 1000) * 0.5 + name / count
    const marginSats = Math.floor((1000 * 1e8) / (entryPriceUsd * 10))
    const inverse = 1 / entryPriceUsd + ((side === "buy" ? 1 : -1) * marginSats) / (1e8 * 1000)
    const terms: MarginTerms = {
      side,
      quantityUsd: 1000,
      entryPriceUsd,
      marginMode: "isolated",
      marginSats,
      maintenanceMarginSats: 1833,
      liquidationPriceUsd: Math.round(2 / inverse) / 2
    }
    return { name, terms, trigger: triggerPriceUsd(terms, "margin_loss", threshold), handle: -1, on: false }
  })

const holds = (pair: Pair, price: number): boolean => conditionHolds(pair.terms, "margin_loss", threshold, price)

/** Pairs that change at this price, by the index; each is set anew for the other way. */
const byIndex = (index: TriggerIndex<Pair>, price: number): ReadonlyArray<Pair> => {
  const changed: Array<Pair> = []
  for (const pair of index.candidates(price)) {
    if (holds(pair, price) === pair.on) continue
    changed.push(pair)
    pair.on = !pair.on
    index.unwatch(pair.handle)
    const danger = dangerDirection(pair.terms)
    const direction = pair.on === (danger === "falls") ? "rises" : "falls"
    pair.handle = index.watch(pair, direction, pair.trigger)
  }
  return changed
}

const byLoop = (pairs: ReadonlyArray<Pair>, price: number): ReadonlyArray<Pair> =>
  pairs.filter((pair) => holds(pair, price) !== pair.on)

const timed = (act: () => void): number => {
  const from = performance.now()
  act()
  return (performance.now() - from) * 1000
}

const build = (pairs: ReadonlyArray<Pair>) => {
  const index = new TriggerIndex<Pair>()
  const before = memoryBytes()
  const micros = timed(() => {
    for (const pair of pairs) {
      const trigger = triggerPriceUsd(pair.terms, "margin_loss", threshold)
      pair.handle = index.watch(pair, dangerDirection(pair.terms), trigger)
    }
  })
  return { index, buildMs: micros / 1000, bytes: memoryBytes() - before }
}

const memoryBytes = (): number => {
  globalThis.gc?.()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Prices of which each passes the triggers of about 1,000 more long positions, down and back up. */
const firingPrices = (pairs: ReadonlyArray<Pair>): ReadonlyArray<number> => {
  const triggers = pairs.filter((pair) => pair.terms.side === "buy").map((pair) => pair.trigger)
  const falling = triggers.sort((a, b) => b - a).filter((_, i) => i % fires === fires - 1)
  return falling.slice(0, 200)
}

const expectSame = (found: ReadonlyArray<Pair>, expected: ReadonlyArray<Pair>): void => {
  const names = (pairs: ReadonlyArray<Pair>) => pairs.map((pair) => pair.name).sort((a, b) => a - b)
  if (names(found).join() !== names(expected).join())
    throw new Error(`the index decided ${found.length} pairs, the loop ${expected.length}`)
}

const measure = (count: number) => {
  const pairs = makePairs(count)
  const { buildMs, bytes, index } = build(pairs)
  const quiet: Array<number> = []
  for (let i = 0; i < quietTicks; i += block) {
    const micros = timed(() => {
      for (let k = i; k < i + block; k++) byIndex(index, 60_000 + ((k * 7919) % 2000) - 1000)
    })
    if (i >= quietTicks / 10) quiet.push(micros / block)
  }
  const loopQuiet = Array.from({ length: 11 }, (_, i) => timed(() => byLoop(pairs, 60_000 + i))).slice(1)
  const firing: Array<number> = []
  const loopFiring: Array<number> = []
  let fired = 0
  const prices = firingPrices(pairs)
  for (const [i, price] of [...prices, ...prices.toReversed().map((at) => at + 0.01)].entries()) {
    const looped = i % 5 === 0
    let expected: ReadonlyArray<Pair> = []
    if (looped) loopFiring.push(timed(() => (expected = byLoop(pairs, price))))
    let found: ReadonlyArray<Pair> = []
    firing.push(timed(() => (found = byIndex(index, price))))
    if (looped) expectSame(found, expected)
    fired += found.length
  }
  return {
    buildMs,
    bytesPerPair: bytes / count,
    quietP50: percentile(quiet, 0.5),
    quietP99: percentile(quiet, 0.99),
    firingP50: percentile(firing, 0.5),
    firingP99: percentile(firing, 0.99),
    firedPerTick: fired / firing.length,
    loopQuiet: median(loopQuiet),
    loopFiring: median(loopFiring)
  }
}

type Measured = ReturnType<typeof measure>

/** What is shown of each size, with its unit. */
const shown: ReadonlyArray<readonly [keyof Measured, string, string]> = [
  ["quietP50", "a quiet tick, p50", "µs"],
  ["quietP99", "a quiet tick, p99", "µs"],
  ["loopQuiet", "a quiet tick, plain loop", "µs"],
  ["firingP50", "a tick that fires 1,000, p50", "µs"],
  ["firingP99", "a tick that fires 1,000, p99", "µs"],
  ["loopFiring", "a tick that fires 1,000, plain loop", "µs"],
  ["buildMs", "building the index", "ms"],
  ["bytesPerPair", "memory", "bytes/pair"]
]

const sizes = options.text("sizes", "10000,100000,1000000").split(",").map(Number)
measure(10_000)
const figures = sizes.flatMap((pairs): ReadonlyArray<Figure> => {
  const runs = Array.from({ length: options.runs }, () => measure(pairs))
  progress(options, `${pairs} pairs: ${median(runs.map(({ firedPerTick }) => firedPerTick))} fire in a firing tick`)
  return shown.map(([key, name, unit]) =>
    figureOf(
      `${pairs.toLocaleString("en")} pairs: ${name}`,
      unit,
      runs.map((run) => run[key]),
      { better: "lower" }
    )
  )
})
finish(
  {
    benchmark: "triggers",
    question: "What a tick costs the trigger index, next to a loop over all pairs",
    settings: { sizes, fires, quietTicks, block },
    figures,
    targets: []
  },
  options
)
