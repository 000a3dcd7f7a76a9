import { basename, extname } from "node:path"
import { TopicsFile } from "@millrace/contracts"
import { type History, parseMoment, wallTimeOf } from "@millrace/history"
import type { LiveLog, NamedRun, ReplayInput, ReplayReport } from "@millrace/replay"
import { parseRules } from "@millrace/trading"
import { Clock, ConfigProvider, Console, Effect, type Layer } from "effect"
import { printed } from "./printed.ts"
import { readNamed, writeFolder, writeText, wrongInput } from "./replayFiles.ts"

export interface ReplayFlags {
  readonly from: string | undefined
  readonly to: string | undefined
  readonly market: string
  readonly balance: number
  readonly feed: string | undefined
  readonly scenario: string | undefined
  readonly rules: string | undefined
  readonly against: string | undefined
  readonly html: string | undefined
  readonly out: string | undefined
  readonly json: boolean
}

/** The workers are loaded by this command only: all others start without them. */
const loadReplay = Effect.promise(() => import("./replayProgram.ts"))

/** Replays, prints and writes what is asked for. Fails with `CommandFailed` (2) for what can't be used. */
export const runReplay = Effect.fnUntraced(function* <E extends { readonly message: string }>(
  flags: ReplayFlags,
  history: Layer.Layer<History, E>
) {
  const program = yield* loadReplay
  const { input, live } = yield* flags.from === undefined
    ? readFiles(program, flags)
    : readRange(program, flags, flags.from, history)
  const [one, other] = namesOf(flags)
  const first = yield* replayed(program, input, one, flags.rules)
  const second = flags.against === undefined ? live : yield* replayed(program, input, other, flags.against)
  const report = program.reportOf(first, second)
  yield* write(program, report, flags)
  yield* printed(flags.json, program.reportJson(report), program.reportLines(report))
  return { difference: report.difference?.same }
})

type ReplayProgram = typeof import("./replayProgram.ts")

/** What to replay, and what it is held against where nothing else is named. */
interface Asked {
  readonly input: ReplayInput
  readonly live: LiveLog | undefined
}

const readFiles = Effect.fnUntraced(function* (program: ReplayProgram, { feed, scenario }: ReplayFlags) {
  if (scenario === undefined) {
    return yield* wrongInput(
      "Nothing to replay: give --scenario FILE, with --feed FILE for the prices of a file, or --from TIME for what was recorded"
    )
  }
  const prices = feed === undefined ? undefined : yield* readNamed(feed)
  const input = program.scenarioInput(prices, yield* readNamed(scenario))
  return { input: yield* Effect.fromResult(input), live: undefined } satisfies Asked
})

/** What is asked for is looked at before anything is connected. */
const readRange = Effect.fnUntraced(function* <E extends { readonly message: string }>(
  program: ReplayProgram,
  { balance: balanceSats, feed, market, scenario, to }: ReplayFlags,
  from: string,
  history: Layer.Layer<History, E>
) {
  if (feed !== undefined || scenario !== undefined)
    return yield* wrongInput("--from replays what was recorded: leave --feed and --scenario out")
  const begin = yield* momentOf("--from", from)
  const end = yield* momentOf("--to", to ?? "now")
  if (begin._tag === end._tag && end.atMs <= begin.atMs) return yield* wrongInput("--to is not after --from")
  const reading = Effect.gen(function* () {
    const fromMs = yield* wallTimeOf(market, begin)
    const toMs = yield* wallTimeOf(market, end)
    return yield* program.readRecording({ fromMs, toMs, market, balanceSats })
  })
  const { input, live } = yield* Effect.provide(reading, history)
  return { input, live: { name: "live", log: live } } satisfies Asked
})

const momentOf = Effect.fnUntraced(function* (flag: string, text: string) {
  const parsed = parseMoment(text, yield* Clock.currentTimeMillis)
  return yield* Effect.mapError(Effect.fromResult(parsed), (issue) => wrongInput(`${flag}: ${issue}`))
})

/** Replays under the rules of a file, or under those of the input. */
const replayed = Effect.fnUntraced(function* (
  program: ReplayProgram,
  input: ReplayInput,
  name: string,
  rules: string | undefined
) {
  const topics = yield* TopicsFile
  const settings = yield* ConfigProvider.ConfigProvider
  const chosen = rules === undefined ? input : yield* otherRules(program, input, rules)
  const run = yield* program.replay(chosen, { topics, settings })
  return { name, run } satisfies NamedRun
})

/** Names of the two runs: those of the files, with their folders where they would be the same. */
const namesOf = ({ against, rules }: ReplayFlags): readonly [string, string] => {
  const short = (file: string | undefined) => (file === undefined ? "replay" : basename(file, extname(file)))
  return short(rules) === short(against) ? [rules ?? "replay", against ?? "replay"] : [short(rules), short(against)]
}

const otherRules = Effect.fnUntraced(function* (program: ReplayProgram, input: ReplayInput, file: string) {
  const { text } = yield* readNamed(file)
  const stated = yield* Effect.fromResult(parseRules(text, file, { dryRun: false }))
  return yield* Effect.fromResult(program.withRules(input, stated, file))
})

const write = Effect.fnUntraced(function* (program: ReplayProgram, report: ReplayReport, { html, out }: ReplayFlags) {
  const { first, second } = report
  if (html !== undefined) {
    yield* writeText(html, program.replayPage(report))
    yield* Console.error(`Written: ${html}`)
  }
  if (out === undefined) return
  yield* writeFolder(out, {
    "report.json": `${JSON.stringify(program.reportJson(report), null, 2)}\n`,
    "decisions.jsonl": program.logText(first.run.log),
    ...(second === undefined ? {} : { "against.jsonl": program.logText(program.logOf(second)) })
  })
  yield* Console.error(`Written: ${out}`)
})
