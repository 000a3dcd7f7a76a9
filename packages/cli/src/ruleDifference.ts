import type { Rule } from "@millrace/contracts"
import type { RuleInput } from "@millrace/store"
import type { StatementOfRule } from "@millrace/trading"

/** What becomes of one rule of a file. */
export interface RuleDifference {
  readonly ruleId: string
  readonly state: "new" | "changed" | "unchanged" | "moved"
  /** What is stored; of `unchanged` and `moved` nothing is. */
  readonly rule: RuleInput
  /** Fields that change, as text. */
  readonly fields: ReadonlyArray<{ readonly name: string; readonly before: string; readonly after: string }>
  /** The file wants it live, and it stays in dry run. */
  readonly heldInDryRun: boolean
}

/**
 * Compares a rule of a file with the stored one. What the file leaves out is its default, but for `enabled` and `dry_run`, which
 * then stay as they are.
 *
 * A rule leaves the dry run only with `live`; a new one begins in it otherwise.
 */
export const ruleDifference = (
  { rule, states }: StatementOfRule,
  before: Rule | undefined,
  live: boolean
): RuleDifference => {
  const keeping = before ?? { enabled: rule.enabled, dryRun: true }
  const enabled = states.enabled ? rule.enabled : keeping.enabled
  const wanted = states.dryRun ? rule.dryRun : live && before === undefined ? false : keeping.dryRun
  const heldInDryRun = !wanted && keeping.dryRun && !live
  const after: RuleInput = { ...rule, enabled, dryRun: wanted || heldInDryRun }
  const { ruleId } = rule
  if (before === undefined) return { ruleId, state: "new", rule: after, fields: [], heldInDryRun }
  if (before.accountId !== rule.accountId) return { ruleId, state: "moved", rule: after, fields: [], heldInDryRun }
  const { _tag, version, ...stored } = before
  const names = new Set([...Object.keys(stored), ...Object.keys(after)])
  const fields = [...names].flatMap((name) => {
    const [old, next] = [shown(stored, name), shown(after, name)]
    return old === next ? [] : [{ name, before: old, after: next }]
  })
  return { ruleId, state: fields.length === 0 ? "unchanged" : "changed", rule: after, fields, heldInDryRun }
}

const shown = (rule: object, name: string): string => {
  const value = (rule as Record<string, unknown>)[name]
  return value === undefined ? "none" : typeof value === "object" ? JSON.stringify(value) : String(value)
}

const signs = { new: "+", changed: "~", unchanged: " ", moved: "!" } as const

/** The difference as lines for people. */
export const differenceLines = ({ fields, heldInDryRun, rule, ruleId, state }: RuleDifference) => [
  `${signs[state]} ${ruleId}  ${state}${state === "moved" ? `: it belongs to another account than ${rule.accountId}` : ""}${state === "new" ? `, ${rule.kind} of ${rule.accountId}, ${rule.dryRun ? "dry run" : "LIVE"}` : ""}`,
  ...fields.map(({ after, before, name }) => `    ${name}: ${before} → ${after}`),
  ...(heldInDryRun ? [`    stays in dry run: --live, or \`millrace rules dry-run off ${ruleId}\`, lets it act`] : [])
]
