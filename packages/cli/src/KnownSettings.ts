import { nearest } from "@millrace/history"
import type { DoctorFinding } from "./DoctorFinding.ts"
import { failed, ok, warning } from "./DoctorFinding.ts"

/** A setting, as docs/configuration.md lists it. */
export interface KnownSetting {
  readonly name: string
  readonly type: string
  readonly required: boolean
}

/** Reads the tables of docs/configuration.md, which follow from the code. */
export const settingsIn = (page: string): ReadonlyArray<KnownSetting> =>
  page.split("\n").flatMap((line) => {
    const [, name, type, initial] = /^\| `([A-Z][A-Z0-9_]+)`\s*\|([^|]*)\|([^|]*)\|/u.exec(line) ?? []
    if (name === undefined || type === undefined) return []
    return [{ name, type: type.trim(), required: initial?.trim() === "required" }]
  })

/** Variables that other programs of ours read, beside those of the page. */
const others: ReadonlySet<string> = new Set(["MILLRACE_TEST_DATA", "MILLRACE_CACHE", "MILLRACE_DATA"])

/** First words that only our settings have; others (`LOG_LEVEL`, `INSTANCE`) meet names of other programs. */
const firstWords = (known: ReadonlyArray<KnownSetting>): ReadonlySet<string> => {
  const words = known.map(({ name }) => name.split("_")[0]!)
  const shared = new Set(["LOG", "HEALTH", "DATABASE", "REDIS", "KAFKA", "OTEL", "XDG", "INSTANCE", "ALERT", "SCHEMA"])
  return new Set(words.filter((word) => !shared.has(word) && words.filter((one) => one === word).length > 1))
}

const wellFormed: Readonly<Record<string, (value: string) => boolean>> = {
  "true, false": (value) => /^(?:true|false|yes|no|on|off|1|0)$/iu.test(value),
  "whole number": (value) => /^-?\d+$/u.test(value),
  port: (value) => /^\d{1,5}$/u.test(value) && Number(value) <= 65_535,
  number: (value) => value.trim() !== "" && Number.isFinite(Number(value)),
  duration: (value) =>
    /^(?:\d+(?:\.\d+)?) ?(?:nano|micro|milli|second|minute|hour|day|week)s?$|^Infinity$/u.test(value),
  URL: (value) => URL.canParse(value)
}

const choices = (type: string): ReadonlyArray<string> | undefined =>
  /^[a-z0-9-]+(?:, [a-z0-9-]+)+$/u.test(type) && wellFormed[type] === undefined ? type.split(", ") : undefined

const isWrong = ({ name, type }: KnownSetting, value: string): boolean => {
  // Read by regular expression of the page; the log level has names of its own.
  if (name === "LOG_LEVEL") return !/^(?:all|trace|debug|info|warn|error|fatal|none)$/iu.test(value)
  return wellFormed[type]?.(value) === false || choices(type)?.includes(value) === false
}

/**
 * Checks the environment against all settings there are: malformed values, and names that are none but look like one. Values
 * are never told: they may be secrets.
 */
export const environmentFindings = (
  known: ReadonlyArray<KnownSetting>,
  environment: Readonly<Record<string, string | undefined>>
): ReadonlyArray<DoctorFinding> => {
  const names = new Set(known.map(({ name }) => name))
  const words = firstWords(known)
  const set = known.filter(({ name }) => ![undefined, ""].includes(environment[name]))
  const malformed = set.filter((setting) => isWrong(setting, environment[setting.name]!))
  const strangers = Object.keys(environment).filter(
    (name) => !names.has(name) && !others.has(name) && looksLikeOurs(name, names, words)
  )
  return [
    ok("environment", `${set.length} of ${known.length} settings are set, the others have their defaults`),
    ...malformed.map(({ name, type }) =>
      failed("environment", `${name} is malformed`, `Expected: ${type}; see docs/configuration.md.`)
    ),
    ...strangers.map((name) =>
      warning(
        "environment",
        `${name} is no setting`,
        `Do you mean ${nearest(name, [...names], 1)[0]}? Correct or remove it: nobody reads it.`
      )
    )
  ]
}

const looksLikeOurs = (name: string, known: ReadonlySet<string>, words: ReadonlySet<string>): boolean => {
  if (!/^[A-Z][A-Z0-9_]+$/u.test(name)) return false
  if (words.has(name.split("_")[0]!)) return true
  return name.length > 6 && [...known].some((other) => isNear(name, other))
}

/** One letter more, less or other, or two that changed places. */
const isNear = (one: string, other: string): boolean => {
  if (Math.abs(one.length - other.length) > 1) return false
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  const [a, b] = [one.slice(at), other.slice(at)]
  if (a.slice(1) === b || a === b.slice(1) || a.slice(1) === b.slice(1)) return true
  return a.length === b.length && a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2)
}
