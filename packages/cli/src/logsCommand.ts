import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { momentForms, parseMoment } from "@millrace/history"
import { backgroundLog, servicesFolderOf } from "@millrace/local"
import { Clock, Console, Effect, Option, Result } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { explained, misused, refused } from "./CommandFailed.ts"
import { dataFolder } from "./dataFolder.ts"
import { asJson } from "./printed.ts"
import { type LoggedLine, lastLines, newLines } from "./ServiceLog.ts"

const levels = ["Debug", "Info", "Warn", "Error", "Fatal"] as const

const flags = {
  service: Argument.String("service").pipe(
    Argument.withDescription("Services, servers (kafka, registry, postgres, redis) or up; without one all services"),
    Argument.variadic()
  ),
  follow: Flag.Boolean("follow").pipe(
    Flag.withAlias("f"),
    Flag.withDescription("Go on with what is written from now on"),
    Flag.withDefault(false)
  ),
  since: Flag.String("since").pipe(Flag.withDescription(`From ${momentForms}; 10m is -10m`), Flag.optional),
  lines: Flag.Int("lines").pipe(
    Flag.withAlias("n"),
    Flag.withDescription("Last lines of each at most; default 50, with --since 10000"),
    Flag.optional
  ),
  level: Flag.Literals("level", levels).pipe(
    Flag.withDescription("Only lines at least so severe; those of servers have no level and are left out"),
    Flag.optional
  ),
  dataFolder,
  json: asJson
}

const servers: ReadonlyArray<string> = ["kafka", "registry", "postgres", "redis"]
const followEvery = "250 millis"

/** Logs of a data folder by name: those of the services, of the servers, and of `up` itself. */
const logsIn = (dataFolder: string): ReadonlyMap<string, string> => {
  const folder = join(servicesFolderOf(dataFolder), "logs")
  const services = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".log")) : []
  const all: ReadonlyArray<readonly [string, string]> = [
    ...services.map((file) => [file.slice(0, -4), join(folder, file)] as const),
    ...servers.map((part) => [part, join(dataFolder, `${part}.log`)] as const),
    ["up", backgroundLog(dataFolder)]
  ]
  return new Map(all.filter(([, file]) => existsSync(file)))
}

const isService = (name: string): boolean => name !== "up" && !servers.includes(name)

const severityOf = (level: unknown): number => (levels as ReadonlyArray<unknown>).indexOf(level)

/** A line for people: time, service, level, message, and the fields that say more. */
export const lineText = ({ atMs, fields, service, text }: LoggedLine): string => {
  if (fields === undefined) return `${service.padEnd(20)} ${text}`
  const { durationMs, error, event, jobId, level, message, metadata } = fields as Readonly<Record<string, string>>
  if (message === undefined && event === undefined) return `${service.padEnd(20)} ${text}`
  const more = [
    event,
    jobId,
    durationMs === undefined ? undefined : `${Math.round(Number(durationMs))} ms`,
    error,
    metadata === undefined ? undefined : JSON.stringify(metadata)
  ].filter((part) => part !== undefined)
  const time = atMs === 0 ? "" : new Date(atMs).toISOString()
  return `${time}  ${service.padEnd(20)} ${String(level ?? "").padEnd(5)}  ${message ?? ""}${more.length === 0 ? "" : `  ${more.join("  ")}`}`
}

/** `millrace logs [SERVICE …]`: what services wrote, merged by time. */
export const logsCommand = Command.make(
  "logs",
  flags,
  Effect.fnUntraced(function* (asked) {
    const files = logsIn(asked.dataFolder)
    if (files.size === 0) return yield* refused(`There is no log in ${asked.dataFolder}: nothing ran there yet.`)
    const missing = asked.service.find((name) => !files.has(name))
    if (missing !== undefined) {
      return yield* misused(
        `There is no log of ${missing} in ${asked.dataFolder}. There are: ${[...files.keys()].join(", ")}.`
      )
    }
    const names = asked.service.length > 0 ? asked.service : [...files.keys()].filter(isService)
    const sinceMs = yield* sinceOf(Option.getOrUndefined(asked.since))
    const limit = Option.getOrElse(asked.lines, () => (sinceMs === undefined ? 50 : 10_000))
    const least = Option.match(asked.level, { onNone: () => -1, onSome: severityOf })
    const wanted = ({ fields }: LoggedLine) => least < 0 || severityOf(fields?.level) >= least
    const ends = new Map<string, number>()
    const past = names.flatMap((name) => {
      const { end, lines } = lastLines(name, files.get(name)!, { limit, sinceMs, wanted })
      ends.set(name, end)
      return lines
    })
    const print = (lines: ReadonlyArray<LoggedLine>) =>
      Effect.forEach(
        lines.toSorted((one, other) => one.atMs - other.atMs),
        (line) => Console.log(asked.json ? lineJson(line) : lineText(line)),
        { discard: true }
      )
    yield* print(past)
    if (!asked.follow) return
    const follow = Effect.suspend(() =>
      print(
        names.flatMap((name) => {
          const { end, lines } = newLines(name, files.get(name)!, ends.get(name) ?? 0)
          ends.set(name, end)
          return lines.filter(wanted)
        })
      )
    )
    return yield* Effect.forever(Effect.andThen(follow, Effect.sleep(followEvery)))
  }, explained)
).pipe(Command.withDescription("Show what services wrote, merged by time; --json: one document a line"))

const lineJson = ({ atMs, fields, service, text }: LoggedLine): string =>
  JSON.stringify(fields === undefined ? { service, atMs, message: text } : { service, ...fields })

const sinceOf = Effect.fnUntraced(function* (text: string | undefined) {
  if (text === undefined) return undefined
  const nowMs = yield* Clock.currentTimeMillis
  const moment = parseMoment(/^\d+(?:\.\d+)?[dhms]/u.test(text) ? `-${text}` : text, nowMs)
  if (Result.isFailure(moment)) return yield* misused(`--since: ${moment.failure}.`)
  if (moment.success._tag === "Market") return yield* misused("--since: logs know no market time.")
  return moment.success.atMs
})
