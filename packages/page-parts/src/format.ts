import type { Language } from "./phrase.ts"

/** Figures as a person reads them, in one language. */
export interface Format {
  readonly number: (value: number, digits?: number) => string
  /** 0.25 is 25 %. */
  readonly percent: (ratio: number, digits?: number) => string
  readonly usd: (value: number) => string
  readonly sats: (value: number) => string
  readonly bytes: (value: number) => string
  /** Records a second. */
  readonly rate: (perSecond: number) => string
  /** The two largest units: `3 h 5 min`. */
  readonly duration: (ms: number) => string
  /** Date and time of day, to the second. */
  readonly moment: (ms: number) => string
  /** Time of day only. */
  readonly clock: (ms: number) => string
  /** How long before `now`. */
  readonly ago: (ms: number, nowMs: number) => string
  /** How long after `now`. */
  readonly until: (ms: number, nowMs: number) => string
}

const steps = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000]
] as const

const durationOf = (ms: number, number: (value: number, digits?: number) => string): string => {
  const length = Math.abs(ms)
  if (length < 1_000) return `${number(Math.round(length))} ms`
  const first = steps.findIndex(([, size]) => length >= size)
  const [unit, size] = steps[first]!
  if (unit === "s") return `${number(length / 1_000, length < 10_000 ? 1 : 0)} s`
  const whole = Math.floor(length / size)
  const [nextUnit, nextSize] = steps[first + 1]!
  const rest = Math.floor((length - whole * size) / nextSize)
  return rest === 0 ? `${number(whole)} ${unit}` : `${number(whole)} ${unit} ${number(rest)} ${nextUnit}`
}

const scaled = (value: number, number: (value: number, digits?: number) => string): string => {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"]
  const power = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log2(value) / 10))
  return `${number(value / 1024 ** power, power === 0 ? 0 : 1)} ${units[power]}`
}

/** Clocks of machines differ: what was just reported did not happen in the future, and what is due was not due long ago. */
const relative = (language: Language, sign: 1 | -1) => {
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" })
  return (ms: number, nowMs: number): string => {
    const size = Math.max(0, sign * Math.round((ms - nowMs) / 1_000))
    const seconds = sign * size
    if (size < 60) return words.format(seconds, "second")
    if (size < 3_600) return words.format(Math.round(seconds / 60), "minute")
    if (size < 86_400) return words.format(Math.round(seconds / 3_600), "hour")
    return words.format(Math.round(seconds / 86_400), "day")
  }
}

const make = (language: Language): Format => {
  const numbers = new Map<number, Intl.NumberFormat>()
  const number = (value: number, digits = 0): string => {
    const known = numbers.get(digits) ?? new Intl.NumberFormat(language, { maximumFractionDigits: digits })
    numbers.set(digits, known)
    return known.format(value)
  }
  const dollars = new Intl.NumberFormat(language, { style: "currency", currency: "USD", maximumFractionDigits: 1 })
  const moments = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "medium" })
  const clocks = new Intl.DateTimeFormat(language, { timeStyle: "medium" })
  return {
    number,
    percent: (ratio, digits = 1) => `${number(ratio * 100, digits)} %`,
    usd: (value) => dollars.format(value),
    sats: (value) => `${number(value)} sats`,
    bytes: (value) => scaled(value, number),
    rate: (perSecond) => `${number(perSecond, perSecond < 10 ? 1 : 0)}/s`,
    duration: (ms) => durationOf(ms, number),
    moment: (ms) => moments.format(ms),
    clock: (ms) => clocks.format(ms),
    ago: relative(language, -1),
    until: relative(language, 1)
  }
}

const formats = new Map<Language, Format>()

/** The figures of that language; made once, as the makers of `Intl` are dear. */
export const formatOf = (language: Language): Format => {
  const format = formats.get(language) ?? make(language)
  formats.set(language, format)
  return format
}
