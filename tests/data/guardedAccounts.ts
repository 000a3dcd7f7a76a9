import type { RunGuard, RunPosition, RunScenario } from "@millrace/testkit"
import type { GivenRule } from "./recompute.ts"

/**
 * Long and short positions of many leverages, each with one margin guard, half of them closing and half adding margin:
 * a week of falling prices closes some, feeds others, and liquidates the highest leverages inside single ticks.
 */
export const guardedAccounts = (): RunScenario<RunGuard> => {
  const positions: Array<RunPosition> = []
  const rules: Array<RunGuard> = []
  const accounts: Array<RunScenario["accounts"][number]> = []
  for (const [i, leverage] of [3, 5, 8, 10, 20, 25, 50, 75, 100].entries()) {
    for (const side of ["buy", "sell"] as const) {
      for (const action of ["close_position", "add_margin"] as const) {
        const account = `a${i}-${side}-${action}`
        accounts.push({ id: account, name: `${leverage}x ${side} ${action}`, balance: 50_000_000 })
        positions.push({ id: `p-${account}`, account, side, quantity: 1000 + i, leverage })
        rules.push({
          id: `r-${account}`,
          account,
          kind: "margin_guard",
          threshold: action === "add_margin" ? 0.8 : 0.75 + i / 50,
          action,
          ...(action === "add_margin" ? { add_margin_amount: 250_000 } : {})
        })
      }
    }
  }
  return { accounts, positions, rules }
}

/** The rules as the recomputation takes them. */
export const givenRules = (scenario: RunScenario<RunGuard>): ReadonlyArray<GivenRule> =>
  scenario.rules.map(({ id, account, threshold, action, add_margin_amount }) => ({
    id,
    account,
    threshold: threshold!,
    action: action === "add_margin" ? "add_margin" : "close_position",
    amount: add_margin_amount ?? 0
  }))
