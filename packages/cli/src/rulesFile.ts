import type { Rule } from "@millrace/contracts"
import { AccountStore } from "@millrace/store"
import { InvalidRules, readRules, ruleWords, type StatementOfRule } from "@millrace/trading"
import { Effect, FileSystem, type Layer, Result } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { parse, stringify } from "yaml"
import { operator } from "./accountParts.ts"
import { CommandFailed, exitCodes, explained, refused } from "./CommandFailed.ts"
import { asJson, printed } from "./printed.ts"
import { differenceLines, type RuleDifference, ruleDifference } from "./ruleDifference.ts"
import { storedRules } from "./storedRules.ts"

type Failure = { readonly message: string }

const live = Flag.Boolean("live").pipe(
  Flag.withDescription("Let rules act whose dry run is off; without it they stay in dry run"),
  Flag.withDefault(false)
)
const plan = Flag.Boolean("plan").pipe(
  Flag.withDescription("Only show the difference (exit code 4: there is one)"),
  Flag.withDefault(false)
)
const fields = Flag.String("set").pipe(
  Flag.withDescription("A field, for example `margin_threshold=0.9`; repeat it for each"),
  Flag.atLeast(1)
)
const ruleId = Argument.String("rule").pipe(Argument.withDescription("Rule id"))

/** `rules apply|add|update`: rules from a file, or from fields on the command line. */
export const rulesFileCommands = <E extends Failure>(accounts: Layer.Layer<AccountStore, E>) => {
  const apply = Command.make(
    "apply",
    { file: Argument.String("file").pipe(Argument.withDescription("YAML file of rules")), live, plan, json: asJson },
    Effect.fnUntraced(
      function* ({ file, json, live, plan }) {
        const text = yield* Effect.flatMap(FileSystem.FileSystem, (files) => files.readFileString(file)).pipe(
          Effect.catch((error) => refused(`${file} can't be read: ${error.message}`))
        )
        const rules = yield* Effect.fromResult(readRules(text, file, { dryRun: true }))
        yield* Effect.provide(stored(rules, { json, live, plan }), accounts)
      },
      (effect) => explained(effect)
    )
  ).pipe(Command.withDescription("Make the rules of a file those of the store; rules that it does not name stay"))

  const add = Command.make(
    "add",
    { rule: ruleId, fields, live, json: asJson },
    Effect.fnUntraced(
      function* ({ fields, json, live, rule: id }) {
        const read = yield* stated({ id, ...(yield* fieldsOf(fields)) })
        const before = yield* AccountStore.use((store) => store.rules())
        if (before.some((rule) => rule.ruleId === id))
          return yield* refused(`Rule ${id} is there already. \`millrace rules update\` changes it.`)
        yield* stored([read], { json, live, plan: false })
      },
      (effect) => explained(Effect.provide(effect, accounts))
    )
  ).pipe(Command.withDescription("Add a rule from fields; it starts in dry run"))

  const update = Command.make(
    "update",
    { rule: ruleId, fields, live, json: asJson },
    Effect.fnUntraced(
      function* ({ fields, json, live, rule: id }) {
        const changes = yield* fieldsOf(fields)
        const [before] = yield* storedRules([id])
        const read = yield* stated(withChanges(before!, changes))
        yield* stored([read], { json, live, plan: false })
      },
      (effect) => explained(Effect.provide(effect, accounts))
    )
  ).pipe(Command.withDescription("Change fields of a rule; an empty value removes one"))

  return [apply, add, update] as const
}

interface Ways {
  readonly json: boolean
  readonly live: boolean
  readonly plan: boolean
}

/** Shows what becomes of the rules, and stores it in one transaction unless only the plan was asked for. */
const stored = Effect.fnUntraced(function* (rules: ReadonlyArray<StatementOfRule>, { json, live, plan }: Ways) {
  const store = yield* AccountStore
  const known = new Map((yield* store.rules()).map((rule) => [rule.ruleId, rule]))
  const differences = rules.map((read) => ruleDifference(read, known.get(read.rule.ruleId), live))
  const changes = differences.filter(({ state }) => state === "new" || state === "changed")
  const moved = differences.some(({ state }) => state === "moved")
  if (!plan && !moved && changes.length > 0) {
    yield* store.save({ actor: yield* operator, rules: changes.map(({ rule }) => rule) })
  }
  yield* printed(json, { stored: !plan && !moved, differences }, [
    ...differences.flatMap(differenceLines),
    summary(differences, plan, moved)
  ])
  if (moved) return yield* new CommandFailed({ exitCode: 1, reason: "a rule belongs to another account" })
  if (plan && changes.length > 0)
    return yield* new CommandFailed({ exitCode: exitCodes.notAll, reason: "changes wait" })
})

const summary = (differences: ReadonlyArray<RuleDifference>, plan: boolean, moved: boolean): string => {
  const count = (state: RuleDifference["state"]) => differences.filter((one) => one.state === state).length
  const figures = `${count("new")} new, ${count("changed")} changed, ${count("unchanged")} unchanged`
  return moved ? `${figures}. Nothing was stored.` : plan ? `${figures}. Only shown.` : `${figures}.`
}

/** `name=value` as a mapping; values are read as YAML does, so that numbers are numbers. */
const fieldsOf = Effect.fnUntraced(function* (texts: ReadonlyArray<string>) {
  const found: Record<string, unknown> = {}
  for (const text of texts) {
    const at = text.indexOf("=")
    if (at <= 0) return yield* refused(`--set is \`${text}\`, expected NAME=VALUE.`)
    const value = Result.try({ try: () => parse(text.slice(at + 1)) as unknown, catch: String })
    if (Result.isFailure(value)) return yield* refused(`--set ${text.slice(0, at)}: the value is no YAML.`)
    found[text.slice(0, at)] = value.success
  }
  return found
})

/** Reads fields as a file of one rule; the places of its text mean nothing to who typed them. */
const stated = (input: Readonly<Record<string, unknown>>) => {
  const read = readRules(stringify({ rules: [input] }), "typed", { dryRun: true })
  if (Result.isSuccess(read)) return Effect.succeed(read.success[0]!)
  const lines = read.failure.message.replaceAll(/^typed:\d+:\d+: (rules\.0\.)?/gmu, "")
  return Effect.fail(new InvalidRules({ message: `${lines}\nNothing was stored.` }))
}

/** A stored rule in the words of a file, without what the changes state; an empty change removes its field. */
const withChanges = (
  { _tag, version, ...rule }: Rule,
  changes: Readonly<Record<string, unknown>>
): Record<string, unknown> => {
  const words = Object.entries(rule).map(([field, value]): [string, unknown] => [
    ruleWords[field] ?? field,
    wordOf(field, value)
  ])
  const renamed = "margin_threshold" in changes ? words.filter(([word]) => word !== "threshold") : words
  const all = Object.entries({ ...Object.fromEntries(renamed), ...changes })
  return Object.fromEntries(all.filter(([, value]) => value !== null))
}

const wordOf = (field: string, value: unknown): unknown => {
  if (field === "maxActions") {
    const { count, periodMs } = value as { readonly count: number; readonly periodMs?: number }
    return { count, ...(periodMs === undefined ? {} : { per: `${periodMs} millis` }) }
  }
  return field.endsWith("Ms") ? `${value} millis` : value
}
