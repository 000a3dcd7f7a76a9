import type { GuardRule, Scenario } from "@millrace/simulators"
import type { AccountChanges, AccountInput, RuleInput } from "@millrace/store"
import { Redacted } from "effect"

/** A scenario under the ids of one run, so that runs never meet in the same account. */
export interface RunPlan {
  /** Also the workspace of the run. */
  readonly runId: string
  readonly scenario: Scenario
  readonly accountIdOf: (id: string) => string
  readonly ruleIdOf: (id: string) => string
  /** The scenario's id of an id of the run. */
  readonly scenarioIdOf: (id: string) => string
  /** Pairs of a rule and a position that must be watched before the feed starts. */
  readonly pairs: number
}

/** The scenario's id of an id that belongs to a run. */
export const scenarioIdIn = (runId: string, id: string): string =>
  id.startsWith(`${runId}.`) ? id.slice(runId.length + 1) : id

/** Market time between two attempts of a command that had no effect. */
const retryAfterMs = 60_000

export const makeRunPlan = (runId: string, scenario: Scenario): RunPlan => {
  const prefixed = (id: string): string => `${runId}.${id}`
  return {
    runId,
    scenario,
    accountIdOf: prefixed,
    ruleIdOf: prefixed,
    scenarioIdOf: (id) => scenarioIdIn(runId, id),
    pairs: scenario.positions.reduce(
      (sum, position) => sum + scenario.rules.filter((rule) => rule.account === position.account).length,
      0
    )
  }
}

const accountOf = (plan: RunPlan, { id, name }: Scenario["accounts"][number]): AccountInput => ({
  accountId: plan.accountIdOf(id),
  workspaceId: plan.runId,
  userId: plan.runId,
  name,
  active: true,
  network: "simulator",
  warningThreshold: 0.8,
  criticalThreshold: 0.9,
  hysteresis: 0.02
})

const ruleOf = (plan: RunPlan, rule: GuardRule): RuleInput => ({
  ruleId: plan.ruleIdOf(rule.id),
  accountId: plan.accountIdOf(rule.account),
  kind: "margin_guard",
  enabled: true,
  // A scenario trades against the local exchange: it is what dry runs are for elsewhere.
  dryRun: false,
  metric: "margin_loss",
  threshold: rule.threshold,
  action: rule.action,
  ...(rule.reduce_percentage === undefined ? {} : { reducePercentage: rule.reduce_percentage }),
  ...(rule.add_margin_amount === undefined ? {} : { addMarginAmountSats: rule.add_margin_amount }),
  retryAfterMs
})

/** What is stored for a run: its accounts with their credentials, and its rules. */
export const changesOf = (
  plan: RunPlan,
  credentials: ReadonlyArray<{
    readonly id: string
    readonly key: string
    readonly secret: string
    readonly passphrase: string
  }>
): AccountChanges => ({
  actor: "npm start",
  accounts: plan.scenario.accounts.map((account) => accountOf(plan, account)),
  credentials: credentials.map(({ id, key, secret, passphrase }) => ({
    accountId: id,
    credentials: Redacted.make({ key, secret, passphrase })
  })),
  rules: plan.scenario.rules.map((rule) => ruleOf(plan, rule))
})
