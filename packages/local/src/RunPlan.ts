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
  /** Rules that open positions, which must be watched as well. */
  readonly entries: number
}

type ScenarioRule = Scenario["rules"][number]

const watches = (rule: ScenarioRule, { account, id }: Scenario["positions"][number]): boolean =>
  rule.kind !== "auto_entry" && rule.accountId === account && (rule.positionId === undefined || rule.positionId === id)

/** The scenario's id of an id that belongs to a run. */
export const scenarioIdIn = (runId: string, id: string): string =>
  id.startsWith(`${runId}.`) ? id.slice(runId.length + 1) : id

export const makeRunPlan = (runId: string, scenario: Scenario): RunPlan => {
  const prefixed = (id: string): string => `${runId}.${id}`
  return {
    runId,
    scenario,
    accountIdOf: prefixed,
    ruleIdOf: prefixed,
    scenarioIdOf: (id) => scenarioIdIn(runId, id),
    pairs: scenario.positions.reduce(
      (sum, position) => sum + scenario.rules.filter((rule) => watches(rule, position)).length,
      0
    ),
    entries: scenario.rules.filter(({ kind }) => kind === "auto_entry").length
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

/** A rule under the ids of the run; a position that it names is known by what it became at the exchange. */
const ruleOf = (plan: RunPlan, rule: ScenarioRule, tradeIdOf: (position: string) => string): RuleInput => {
  const ids = { ruleId: plan.ruleIdOf(rule.ruleId), accountId: plan.accountIdOf(rule.accountId) }
  return rule.kind === "auto_entry" || rule.positionId === undefined
    ? { ...rule, ...ids }
    : { ...rule, ...ids, positionId: tradeIdOf(rule.positionId) }
}

/** The guards that the simulator evaluates by itself, under the ids of the run: those on the margin lost. */
export const evaluatedGuards = (plan: RunPlan): ReadonlyArray<GuardRule> =>
  plan.scenario.rules.flatMap((rule) =>
    rule.kind === "margin_guard" && rule.metric === "margin_loss"
      ? [
          {
            id: plan.ruleIdOf(rule.ruleId),
            account: plan.accountIdOf(rule.accountId),
            kind: rule.kind,
            threshold: rule.threshold,
            action: rule.action,
            ...(rule.positionId === undefined ? {} : { position: rule.positionId })
          }
        ]
      : []
  )

/** What is stored for a run: its accounts with their credentials, and its rules. */
export const changesOf = (
  plan: RunPlan,
  credentials: ReadonlyArray<{
    readonly id: string
    readonly key: string
    readonly secret: string
    readonly passphrase: string
  }>,
  tradeIdOf: (position: string) => string
): AccountChanges => ({
  actor: "npm start",
  accounts: plan.scenario.accounts.map((account) => accountOf(plan, account)),
  credentials: credentials.map(({ id, key, secret, passphrase }) => ({
    accountId: id,
    credentials: Redacted.make({ key, secret, passphrase })
  })),
  rules: plan.scenario.rules.map((rule) => ruleOf(plan, rule, tradeIdOf))
})
