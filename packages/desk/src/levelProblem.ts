import type { AccountInput } from "@millrace/store"

/** What is wrong with an account's levels; `undefined`: nothing. */
export const levelProblem = (account: AccountInput): string | undefined => {
  const { criticalThreshold: critical, hysteresis, warningThreshold: warning } = account
  if (!(warning > 0 && warning < critical && critical <= 1)) {
    return `Levels are warning ${warning} and critical ${critical}, expected 0 < warning < critical ≤ 1.`
  }
  return hysteresis >= 0 && hysteresis < warning
    ? undefined
    : `The hysteresis is ${hysteresis}, expected 0 or more, and below the warning level ${warning}.`
}
