import { DateTime, Option, Result } from "effect"
import type { Moment } from "./findTick.ts"

/** How a moment is written, for help texts. */
export const momentForms =
  "a time (2026-11-25T14:00:00Z; without a zone in UTC), a time before now (-90s, -10m, -1h30m, -2d), or a market time (market:2026-11-25T14:00:00Z, market:1700000000000)"

const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const

/** Reads a moment as people write it. Fails with what was expected. */
export const parseMoment = (text: string, nowMs: number): Result.Result<Moment, string> => {
  const isMarket = text.startsWith("market:")
  const atMs = timeOf(isMarket ? text.slice("market:".length) : text) ?? (isMarket ? undefined : before(text, nowMs))
  return atMs === undefined
    ? Result.fail(`Expected ${momentForms}; found ${text === "" ? "nothing" : text}`)
    : Result.succeed({ _tag: isMarket ? "Market" : "Wall", atMs })
}

/** ISO 8601, or milliseconds since the epoch. */
const timeOf = (text: string): number | undefined => {
  if (/^\d{9,16}$/u.test(text)) return Number(text)
  const [, date, time, zone] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?)?$/u.exec(text) ?? []
  if (date === undefined) return undefined
  const iso = `${date}T${time ?? "00:00"}${zone ?? "Z"}`
  return Option.match(DateTime.make(iso), { onNone: () => undefined, onSome: DateTime.toEpochMillis })
}

const before = (text: string, nowMs: number): number | undefined => {
  if (text === "now") return nowMs
  if (!/^-(?:\d+(?:\.\d+)?[dhms])+$/u.test(text)) return undefined
  let ms = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)([dhms])/gu))
    ms += Number(amount) * unitMs[unit as keyof typeof unitMs]
  return nowMs - ms
}
