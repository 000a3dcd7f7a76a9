/** A scenario file: accounts, the positions they open at the first tick, and the rules that guard them. */
import { Result, Schema, SchemaIssue } from "effect"
import { isMap, isPair, isSeq, LineCounter, type Node, parseDocument } from "yaml"
import { GuardRule, ScenarioAccount, ScenarioPosition } from "./GuardRule.ts"

export const Scenario = Schema.Struct({
  accounts: Schema.NonEmptyArray(ScenarioAccount),
  positions: Schema.Array(ScenarioPosition),
  rules: Schema.Array(GuardRule)
})
export type Scenario = typeof Scenario.Type

export class ScenarioError extends Schema.TaggedError<ScenarioError>()("ScenarioError", { message: Schema.String }) {
  readonly kind = "permanent"
}

type Path = ReadonlyArray<PropertyKey>
const decode = Schema.decodeUnknownResult(Scenario, { errors: "all", onExcessProperty: "error" })

/** Parses the text of a scenario file; `file` is its name for messages. Every fault names its line and column. */
export const parseScenario = (text: string, file: string): Result.Result<Scenario, ScenarioError> => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const where = (path: Path): string => {
    const position = lines.linePos(nodeAt(document.contents, path)?.range?.[0] ?? 0)
    return `${file}:${position.line}:${position.col}`
  }
  const wrong = document.errors[0]
  if (wrong) {
    const { line, col } = lines.linePos(wrong.pos[0])
    return fail([`${file}:${line}:${col}: not YAML: ${wrong.message.split("\n")[0]}`])
  }
  const found: unknown = document.toJS()
  const decoded = decode(found)
  if (Result.isFailure(decoded)) {
    const { issues } = SchemaIssue.makeFormatterStandardSchemaV1()(decoded.failure.issue)
    return fail(
      issues.map((issue) => {
        const path = (issue.path ?? []).map((step) => (typeof step === "object" ? step.key : step))
        return `${where(path)}: ${path.join(".") || "the file"}: found ${show(valueAt(found, path))}: ${issue.message}`
      })
    )
  }
  const faults = meaningFaults(decoded.success)
  return faults.length === 0
    ? Result.succeed(decoded.success)
    : fail(faults.map(({ path, text }) => `${where(path)}: ${text}`))
}

const fail = (messages: ReadonlyArray<string>) =>
  Result.fail(new ScenarioError({ message: `${messages.join("\n")}\nCorrect the scenario file and start again.` }))

const show = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value).slice(0, 60))

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined), value)

/** The deepest node along a path; for a mapping's key the key itself, so that an unknown key is pointed at. */
const nodeAt = (root: Node | null, path: Path): Node | null => {
  let node: Node | null = root
  for (const [depth, key] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && String(item.key) === String(key))
      if (!pair) return node
      node = (depth === path.length - 1 ? pair.key : pair.value) as Node
    } else if (isSeq(node)) node = (node.items[Number(key)] as Node | undefined) ?? node
    else return node
  }
  return node
}

interface Fault {
  readonly path: Path
  readonly text: string
}

const meaningFaults = (scenario: Scenario): ReadonlyArray<Fault> => {
  const accounts = new Set(scenario.accounts.map((account) => account.id))
  const faults: Array<Fault> = []
  for (const list of ["accounts", "positions", "rules"] as const) {
    const seen = new Set<string>()
    for (const [i, { id }] of scenario[list].entries()) {
      if (seen.has(id)) faults.push({ path: [list, i, "id"], text: `found id "${id}" again, expected each id once` })
      seen.add(id)
    }
  }
  for (const list of ["positions", "rules"] as const)
    for (const [i, { account }] of scenario[list].entries())
      if (!accounts.has(account))
        faults.push({
          path: [list, i, "account"],
          text: `found account "${account}", expected one of ${[...accounts].slice(0, 5).join(", ")}`
        })
  for (const [i, rule] of scenario.rules.entries()) faults.push(...ruleFaults(rule, ["rules", i]))
  return faults
}

const ruleFaults = (rule: GuardRule, path: Path): ReadonlyArray<Fault> => {
  const wants = {
    close_position: undefined,
    reduce_position: "reduce_percentage",
    add_margin: "add_margin_amount"
  } as const
  const faults: Array<Fault> = []
  for (const key of ["reduce_percentage", "add_margin_amount"] as const) {
    const expected = wants[rule.action] === key
    if (expected && rule[key] === undefined)
      faults.push({ path, text: `rule "${rule.id}" has no ${key}, expected one for ${rule.action}` })
    if (!expected && rule[key] !== undefined)
      faults.push({ path: [...path, key], text: `found ${key}, expected none for ${rule.action}` })
  }
  return faults
}
