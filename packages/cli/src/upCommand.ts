import {
  endBackground,
  flagsOf,
  npmStart,
  type RecordedService,
  type RunRecord,
  readRun,
  restartService,
  runFlags,
  startBackground
} from "@millrace/local"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { explained, misused, refused } from "./CommandFailed.ts"
import { dataFolder } from "./dataFolder.ts"
import { asJson, printed } from "./printed.ts"

const { data: _data, plain: _plain, summary: _summary, untilEnd: _untilEnd, ...startFlags } = runFlags

const upFlags = { ...startFlags, dataFolder, json: asJson }

const serviceLines = (services: ReadonlyArray<RecordedService>): ReadonlyArray<string> =>
  services.map(({ healthUrl, name }) => `  ${name.padEnd(22)} ${healthUrl}/health`)

const startedLines = (run: RunRecord, what: string): ReadonlyArray<string> => [
  what,
  ...serviceLines(run.services),
  ...(run.apiUrl === undefined ? [] : [`API and dashboard: ${run.apiUrl}`]),
  ...(run.firstAdmin === undefined ? [] : [`Become administrator, once: ${run.firstAdmin}`]),
  "`millrace status` shows how they are, `millrace logs -f` what they do, `millrace down` ends them."
]

const seconds = ({ readyAtMs, startedAtMs }: RunRecord): string =>
  (((readyAtMs ?? startedAtMs) - startedAtMs) / 1000).toFixed(1)

/** `millrace up`: the stack and all services in the background; returns once they are ready. */
const up = Command.make(
  "up",
  upFlags,
  Effect.fnUntraced(function* ({ dataFolder, json, ...options }) {
    const wanted = { ...options, data: undefined, plain: true, summary: undefined, untilEnd: false }
    const flags = [...flagsOf(wanted), ...(options.fresh ? ["--fresh"] : [])]
    const { run, started } = yield* startBackground(dataFolder, flags)
    const who = `process ${run.owner.pid}${run.mode === "foreground" ? ", in a terminal by npm start" : ""}`
    const what = started ? `Ready after ${seconds(run)} s (${who}).` : `They run already (${who}); nothing was started.`
    yield* printed(json, { started, ...run }, startedLines(run, what))
  }, explained)
).pipe(
  Command.withDescription("Start the local stack and all services in the background, and wait until they are ready")
)

const grace = Flag.Int("grace-seconds").pipe(
  Flag.filter(
    (seconds) => seconds > 0,
    (seconds) => `Expected at least 1 second, found ${seconds}`
  ),
  Flag.withDescription("Longest wait for a clean end; then they are killed"),
  Flag.withDefault(90)
)

/** `millrace down`: ends what `up` started; bounded, and by process identity. */
const down = Command.make(
  "down",
  { dataFolder, grace, json: asJson },
  Effect.fnUntraced(function* ({ dataFolder, grace, json }) {
    const end = yield* endBackground(dataFolder, grace * 1000)
    yield* printed(json, end, [endWords(end, dataFolder)])
  }, explained)
).pipe(Command.withDescription("End what `up` started: services first, then servers; the data stays"))

const endWords = (end: Effect.Success<ReturnType<typeof endBackground>>, dataFolder: string): string => {
  switch (end._tag) {
    case "Nothing":
      return `Nothing runs in ${dataFolder}.`
    case "Leftovers":
      return `Ended what a start that was killed had left: ${end.names.join(", ")}.`
    case "Ended":
      return `Ended (process ${end.pid})${end.killed ? ", not cleanly: it was killed" : ""}. Data stays in ${dataFolder}`
  }
}

/** `millrace restart [SERVICE]`: one service, which drains first, or everything with the flags it was started with. */
const restart = Command.make(
  "restart",
  {
    service: Argument.String("service").pipe(
      Argument.withDescription("One service, as status names it; without it everything"),
      Argument.optional
    ),
    dataFolder,
    json: asJson
  },
  Effect.fnUntraced(function* ({ dataFolder, json, service }) {
    const run = yield* readRun(dataFolder)
    if (run === undefined) return yield* refused(`Nothing runs in ${dataFolder}: start it with \`millrace up\`.`)
    if (Option.isSome(service)) {
      const found = run.services.find(({ name }) => name === service.value)
      if (found === undefined) return yield* misused(unknownService(service.value, run))
      const { before, pid } = yield* restartService(dataFolder, found)
      const line = `${found.name} is ready again: process ${pid}${before === undefined ? "" : ` instead of ${before}`}`
      return yield* printed(json, { service: found.name, before: before ?? null, pid }, [line])
    }
    yield* endBackground(dataFolder, 90_000)
    const again = yield* startBackground(dataFolder, run.flags)
    yield* printed(json, again.run, startedLines(again.run, `Ready again after ${seconds(again.run)} s.`))
  }, explained)
).pipe(Command.withDescription("Restart one service, or everything that `up` started"))

/** Says which services there are when one is asked for that is none of them. */
export const unknownService = (asked: string, run: RunRecord): string => {
  const names = run.services.map(({ name }) => name)
  return `There is no service ${asked}. There are: ${names.join(", ")}.`
}

/** `millrace run`: the same in this terminal, as `npm start`. */
const foreground = Command.make("run", runFlags, (options) => explained(npmStart(options))).pipe(
  Command.withDescription("Start everything in this terminal and show what happens, as npm start does")
)

/** `millrace up`, `down`, `restart` and `run`: the stack and the services of this machine. */
export const upCommands = [up, down, restart, foreground] as const
