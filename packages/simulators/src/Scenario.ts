/**
 * A scenario file: accounts, the positions they open at the first tick, rules of every kind, and the market. The one syntax
 * of `npm start` and `millrace replay`; a rule stands in it as in the file of `millrace rules apply`.
 */
import { decodeYaml, type YamlPath } from "@millrace/contracts"
import { RuleSyntax, type StatedRule, statedRules } from "@millrace/trading"
import { Result, Schema } from "effect"
import { FeedSource } from "./FeedSource.ts"
import { ScenarioAccount } from "./ScenarioAccount.ts"
import { largestIsolatedUsd, ScenarioPosition } from "./ScenarioPosition.ts"

const ScenarioFile = Schema.Struct({
  accounts: Schema.NonEmptyArray(ScenarioAccount),
  positions: Schema.Array(ScenarioPosition),
  rules: Schema.Array(RuleSyntax),
  /** The market it runs in; absent: the seeded crash, or what the command line names. */
  feed: Schema.optionalKey(FeedSource)
})
type ScenarioFile = typeof ScenarioFile.Type

/** What a scenario file says. Rules name accounts and positions by the scenario's ids. */
export interface Scenario extends Omit<ScenarioFile, "rules"> {
  readonly rules: ReadonlyArray<StatedRule>
}

export class ScenarioError extends Schema.TaggedError<ScenarioError>()("ScenarioError", { message: Schema.String }) {
  readonly kind = "permanent"
}

/**
 * Parses the text of a scenario file; `file` is its name for messages. Rules act unless they say `dry_run: true`: the market
 * is a simulated one.
 *
 * Fails with `ScenarioError`: one line for each fault, with line and column, what was found and what was expected.
 */
export const parseScenario = (text: string, file: string): Result.Result<Scenario, ScenarioError> => {
  const decoded = decodeYaml(ScenarioFile, text, file)
  if (Result.isFailure(decoded)) return fail(decoded.failure)
  const { value, where } = decoded.success
  const rules = statedRules(value.rules, (index, field) => where(["rules", index, field]), { dryRun: false })
  const faults = [
    ...meaningFaults(value).map(({ path, text }) => `${where(path)}: ${text}`),
    ...(Result.isFailure(rules) ? rules.failure : [])
  ]
  if (faults.length > 0 || Result.isFailure(rules)) return fail(faults)
  return Result.succeed({ ...value, rules: rules.success })
}

const fail = (messages: ReadonlyArray<string>) =>
  Result.fail(new ScenarioError({ message: `${messages.join("\n")}\nCorrect the scenario file and start again.` }))

interface Fault {
  readonly path: YamlPath
  readonly text: string
}

const meaningFaults = (scenario: ScenarioFile): ReadonlyArray<Fault> => [
  ...repeatedIds(scenario),
  ...unknownAccounts(scenario),
  ...unknownPositions(scenario),
  ...scenario.positions.flatMap((position, index) => orderFaults(position, ["positions", index])),
  ...secondCrossPositions(scenario)
]

const repeatedIds = (scenario: ScenarioFile): ReadonlyArray<Fault> =>
  (["accounts", "positions"] as const).flatMap((list) => {
    const ids = scenario[list].map(({ id }) => id)
    return ids.flatMap((id, index) =>
      ids.indexOf(id) === index
        ? []
        : [{ path: [list, index, "id"], text: `found id "${id}" again, expected each id once` }]
    )
  })

const unknownAccounts = (scenario: ScenarioFile): ReadonlyArray<Fault> => {
  const accounts = new Set(scenario.accounts.map(({ id }) => id))
  return (["positions", "rules"] as const).flatMap((list) =>
    scenario[list].flatMap(({ account }, index) =>
      accounts.has(account)
        ? []
        : [
            {
              path: [list, index, "account"],
              text: `found account "${account}", expected one of ${[...accounts].slice(0, 5).join(", ")}`
            }
          ]
    )
  )
}

/** A rule may name one position of its account. */
const unknownPositions = ({ positions, rules }: ScenarioFile): ReadonlyArray<Fault> =>
  rules.flatMap((rule, index) => {
    if (rule.kind === "auto_entry" || rule.position === undefined) return []
    const own = positions.filter(({ account }) => account === rule.account).map(({ id }) => id)
    if (own.includes(rule.position)) return []
    const expected = own.length === 0 ? "none, as the account has no position" : `one of ${own.slice(0, 5).join(", ")}`
    return [{ path: ["rules", index, "position"], text: `found position "${rule.position}", expected ${expected}` }]
  })

const orderFaults = ({ leverage, margin_mode, quantity }: ScenarioPosition, path: YamlPath): ReadonlyArray<Fault> => {
  if (margin_mode !== "cross")
    return quantity <= largestIsolatedUsd
      ? []
      : [
          {
            path: [...path, "quantity"],
            text: `found ${quantity}, expected at most ${largestIsolatedUsd} USD for isolated margin`
          }
        ]
  return Number.isInteger(leverage)
    ? []
    : [{ path: [...path, "leverage"], text: `found ${leverage}, expected a whole number for cross margin` }]
}

const secondCrossPositions = ({ positions }: ScenarioFile): ReadonlyArray<Fault> => {
  const crossed = positions.map(({ account, margin_mode }) => (margin_mode === "cross" ? account : undefined))
  return crossed.flatMap((account, index) =>
    account === undefined || crossed.indexOf(account) === index
      ? []
      : [
          {
            path: ["positions", index, "margin_mode"],
            text: `found a second cross position of account "${account}", expected one: the exchange nets them`
          }
        ]
  )
}
