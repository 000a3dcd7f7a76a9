/** One-minute candles gathered from ticks, and the wider ranges made of them. */
import type { LnMarketsRest } from "@millrace/contracts"
import type { Tick } from "./Tick.ts"

export interface MinuteCandle {
  readonly timeMs: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** USD. */
  readonly volume: number
  /** The index at its end. */
  readonly index: number
}

const MINUTE_MS = 60_000

const fixedMinutes: Partial<Record<LnMarketsRest.CandleRange, number>> = {
  "1m": 1,
  "3m": 3,
  "5m": 5,
  "10m": 10,
  "15m": 15,
  "30m": 30,
  "45m": 45,
  "1h": 60,
  "2h": 120,
  "3h": 180,
  "4h": 240,
  "1d": 1440
}

/** Start of the range's bucket that holds this time: weeks begin on Monday, months on the first, all in UTC. */
export const bucketStart = (timeMs: number, range: LnMarketsRest.CandleRange): number => {
  const minutes = fixedMinutes[range]
  if (minutes !== undefined) return Math.floor(timeMs / (minutes * MINUTE_MS)) * minutes * MINUTE_MS
  const days = Math.floor(timeMs / 86_400_000)
  if (range === "1w") return (days - ((days + 3) % 7)) * 86_400_000
  const [year, month] = yearAndMonth(days)
  const first = range === "1month" ? month : month - ((month - 1) % 3)
  return Date.UTC(year, first - 1, 1)
}

/** Calendar year and month (from 1) of a day since 1970. */
const yearAndMonth = (days: number): readonly [number, number] => {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month]
}

const joined = (a: MinuteCandle, b: MinuteCandle): MinuteCandle => ({
  ...a,
  high: Math.max(a.high, b.high),
  low: Math.min(a.low, b.low),
  close: b.close,
  index: b.index,
  volume: a.volume + b.volume
})

/** Adds a price to a list of candles, oldest first, and drops the oldest above the limit. Changes the list. */
export const addPrice = (candles: Array<MinuteCandle>, tick: Tick, limit = 20_000): void => {
  const timeMs = bucketStart(tick.timeMs, "1m")
  const { price, index = price } = tick
  const one = { timeMs, open: price, high: price, low: price, close: price, volume: 0, index }
  const last = candles.at(-1)
  if (last?.timeMs === timeMs) candles[candles.length - 1] = joined(last, one)
  else candles.push(one)
  if (candles.length > limit) candles.splice(0, candles.length - limit)
}

/** Adds what was traded to the newest candle. Changes the list. */
export const addVolume = (candles: Array<MinuteCandle>, usd: number): void => {
  const last = candles.at(-1)
  if (last && usd > 0) candles[candles.length - 1] = { ...last, volume: last.volume + usd }
}

/** The candles of a range, oldest first. */
export const candlesOf = (
  minutes: ReadonlyArray<MinuteCandle>,
  range: LnMarketsRest.CandleRange
): ReadonlyArray<MinuteCandle> => {
  const out: Array<MinuteCandle> = []
  for (const minute of minutes) {
    const timeMs = bucketStart(minute.timeMs, range)
    const last = out.at(-1)
    if (last?.timeMs === timeMs) out[out.length - 1] = joined(last, minute)
    else out.push({ ...minute, timeMs })
  }
  return out
}
