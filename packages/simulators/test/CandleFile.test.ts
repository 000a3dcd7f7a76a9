import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import { candleSource, syntheticCrash } from "../src/index.ts"

const header = "timestamp_ms,open,high,low,close,volume\n"
const ticksOf = (text: string) => [...Result.getOrThrow(candleSource(text, "x.csv")).ticks()]
const faultOf = (text: string) => Result.getOrThrow(Result.flip(candleSource(text, "x.csv"))).message

it("sends open, low, high, close of a rising candle and open, high, low, close of a falling one, 15 s apart", () => {
  const ticks = ticksOf(`${header}60000,10,12,9,11,1\n180000,11,12,9,10,0\n`)
  assert.deepStrictEqual(
    ticks.map((tick) => [tick.timeMs, tick.price]),
    [
      [60_000, 10],
      [75_000, 9],
      [90_000, 12],
      [105_000, 11],
      [180_000, 11],
      [195_000, 12],
      [210_000, 9],
      [225_000, 10]
    ]
  )
})

it("takes a candle that closes where it opened as rising, and prices as they stand", () => {
  const ticks = ticksOf(`${header}60000,6446.99331314,6447,6446.9,6446.99331314,0`)
  assert.deepStrictEqual(
    ticks.map((tick) => tick.price),
    [6446.99331314, 6446.9, 6447, 6446.99331314]
  )
})

it("names line, what it found and what it expected", () => {
  assert.match(faultOf("time,open\n"), /^x\.csv:1: found "time,open", expected the header timestamp_ms/)
  assert.match(faultOf(`${header}60000,10,12,9,11,1\n60001,10,12,9,11,1`), /^x\.csv:3: .*at least 60000 after/)
  assert.match(faultOf(`${header}60000,10,12,9,11`), /^x\.csv:2: .*6 columns/)
  assert.match(faultOf(`${header}60000,ten,12,9,11,1`), /number in every column/)
  assert.match(faultOf(`${header}60000,10,,9,11,1`), /number in every column/)
  assert.match(faultOf(`${header}60000,10,10.5,9,11,1`), /high at or above/)
  assert.match(faultOf(`${header}60000,10,12,10.5,11,1`), /low at or below/)
  assert.match(faultOf(`${header}60000,10,12,0,11,1`), /prices above 0/)
  assert.match(faultOf(header), /at least one candle/)
})

it("gives the same crash for the same seed: about 12 % down, and most of it back", () => {
  const prices = (seed: number) =>
    [...syntheticCrash({ kind: "synthetic", seed, startMs: 1000 }, 0).ticks()].map((tick) => tick.price)
  const a = prices(7)
  assert.deepStrictEqual(a, prices(7))
  assert.notDeepEqual(a, prices(8))
  assert.strictEqual(a[0], 60_000)
  assert.isBelow(Math.max(...a.slice(0, 40)) - Math.min(...a.slice(0, 40)), 600)
  assert.closeTo(Math.min(...a), 52_800, 900)
  assert.closeTo(a.at(-1)!, 57_600, 600)
})
