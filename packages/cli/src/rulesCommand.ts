import type { Rule } from "@millrace/contracts"
import { AccountStore } from "@millrace/store"
import { Effect, type Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { ruleLine } from "./accountLines.ts"
import { operator } from "./accountParts.ts"
import { explained } from "./CommandFailed.ts"
import { asJson, printed } from "./printed.ts"
import { rulesFileCommands } from "./rulesFile.ts"
import { storedRules } from "./storedRules.ts"

type Failure = { readonly message: string }

const ruleIds = Argument.String("rule").pipe(Argument.withDescription("Rule ids"), Argument.variadic({ min: 1 }))
const account = Flag.String("account").pipe(Flag.withDescription("Only those of this account"), Flag.optional)

/** `millrace rules …`: rules of accounts. Every change is audited; new rules start in dry run. */
export const rulesCommand = <E extends Failure>(accounts: Layer.Layer<AccountStore, E>) => {
  const list = Command.make(
    "list",
    { account, json: asJson },
    Effect.fnUntraced(
      function* ({ account, json }) {
        const rules = yield* AccountStore.use((store) => store.rules(Option.getOrUndefined(account)))
        yield* printed(json, rules, rules.length === 0 ? ["There is no rule."] : rules.map(ruleLine))
      },
      (effect) => explained(Effect.provide(effect, accounts))
    )
  ).pipe(Command.withDescription("List rules with what they watch and do"))

  const show = Command.make(
    "show",
    { rules: ruleIds, json: asJson },
    Effect.fnUntraced(
      function* ({ json, rules: ids }) {
        const rules = yield* storedRules(ids)
        yield* printed(json, rules, rules.flatMap(fieldLines))
      },
      (effect) => explained(Effect.provide(effect, accounts))
    )
  ).pipe(Command.withDescription("Show every field of rules"))

  /** Changes the named rules, each in a transaction of its own. */
  const changing = (ids: ReadonlyArray<string>, changes: Partial<Pick<Rule, "enabled" | "dryRun">>) =>
    Effect.gen(function* () {
      const store = yield* AccountStore
      const actor = yield* operator
      yield* storedRules(ids)
      return yield* Effect.forEach(ids, (id) =>
        store.modifyRule(id, ({ _tag, version, ...rule }) => ({ ...rule, ...changes }), { actor })
      )
    })

  const switching = (name: "enable" | "disable", about: string) =>
    Command.make(
      name,
      { rules: ruleIds, json: asJson },
      Effect.fnUntraced(
        function* ({ json, rules: ids }) {
          const rules = yield* changing(ids, { enabled: name === "enable" })
          yield* printed(
            json,
            rules,
            rules.map((rule) => `${name}d: ${ruleLine(rule)}`)
          )
        },
        (effect) => explained(Effect.provide(effect, accounts))
      )
    ).pipe(Command.withDescription(about))

  const dryRun = Command.make(
    "dry-run",
    { mode: Argument.Literals("mode", ["on", "off"]), rules: ruleIds, json: asJson },
    Effect.fnUntraced(
      function* ({ json, mode, rules: ids }) {
        const rules = yield* changing(ids, { dryRun: mode === "on" })
        yield* printed(
          json,
          rules,
          rules.map((rule) => `dry run ${mode}: ${ruleLine(rule)}`)
        )
      },
      (effect) => explained(Effect.provide(effect, accounts))
    )
  ).pipe(Command.withDescription("on: do everything but the call to the exchange; off: act"))

  const remove = Command.make(
    "remove",
    { rules: ruleIds, json: asJson },
    Effect.fnUntraced(
      function* ({ json, rules: ids }) {
        yield* storedRules(ids)
        const store = yield* AccountStore
        yield* store.save({ actor: yield* operator, removeRules: ids })
        yield* printed(
          json,
          { removed: ids },
          ids.map((id) => `removed: ${id}`)
        )
      },
      (effect) => explained(Effect.provide(effect, accounts))
    )
  ).pipe(Command.withDescription("Remove rules for good"))

  return Command.make("rules").pipe(
    Command.withDescription("Look at rules and change them"),
    Command.withSubcommands([
      list,
      show,
      ...rulesFileCommands(accounts),
      switching("enable", "Let rules act again"),
      switching("disable", "Keep rules, and let them do nothing"),
      dryRun,
      remove
    ])
  )
}

const fieldLines = ({ _tag, ...rule }: Rule): ReadonlyArray<string> => [
  ruleLine({ _tag, ...rule } as Rule),
  ...Object.entries(rule).map(
    ([name, value]) => `  ${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`
  )
]
