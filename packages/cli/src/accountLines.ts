import type { Account, Rule } from "@millrace/contracts"
import type { ListedAccount } from "@millrace/store"

/** Whether commands of an account reach the exchange, in words. */
export const actsLine = ({ active, armed, dryRun, network }: Account, hasCredentials: boolean): string => {
  if (!active) return "inactive"
  if (!hasCredentials) return "without credentials: nothing is watched"
  if (dryRun === true) return "dry run"
  if (network === "mainnet" && armed !== true) return "not armed: nothing is sent"
  return network === "mainnet" ? "ARMED on mainnet" : "acts"
}

/** An account in a line. */
export const accountLine = ({ account, hasCredentials }: ListedAccount): string =>
  [account.accountId, account.network, `workspace ${account.workspaceId}`, actsLine(account, hasCredentials)].join("  ")

const capNames = {
  orderQuantityUsd: "one order, USD",
  hourQuantityUsd: "opened in an hour, USD",
  hourOrders: "opening orders in an hour",
  addMarginSats: "margin added at once, sats",
  hourAddMarginSats: "margin added in an hour, sats"
} as const

/** The account's own caps; what is not set is the installation's. */
export const capLines = ({ caps = {} }: Account): ReadonlyArray<string> =>
  (Object.keys(capNames) as ReadonlyArray<keyof typeof capNames>).map(
    (name) => `${capNames[name]}: ${caps[name] ?? "the installation's"}`
  )

/** Everything of an account but its secrets. */
export const accountLines = (
  { account, hasCredentials }: ListedAccount,
  rules: ReadonlyArray<Rule>
): ReadonlyArray<string> => [
  `account      ${account.accountId} (${account.name}), version ${account.version}`,
  `acts         ${actsLine(account, hasCredentials)}`,
  `network      ${account.network}`,
  `workspace    ${account.workspaceId}, user ${account.userId}`,
  `credentials  ${hasCredentials ? "stored" : "none"}`,
  `levels       warning ${account.warningThreshold}, critical ${account.criticalThreshold}, hysteresis ${account.hysteresis}`,
  ...capLines(account).map((line) => `cap          ${line}`),
  ...(rules.length === 0 ? ["rules        none"] : rules.map((rule) => `rule         ${ruleLine(rule)}`))
]

/** A rule in a line. */
export const ruleLine = (rule: Rule): string =>
  [
    rule.ruleId,
    `account ${rule.accountId}`,
    conditionOf(rule),
    rule.enabled ? (rule.dryRun ? "dry run" : "live") : "disabled",
    `version ${rule.version}`
  ].join("  ")

const conditionOf = (rule: Rule): string => {
  switch (rule.kind) {
    case "margin_guard":
      return `${rule.metric} ${rule.metric === "distance_to_liquidation" ? "≤" : "≥"} ${rule.threshold} → ${rule.action}`
    case "tp_sl": {
      const { action, triggerPnlPercentage } = rule
      return `return on margin ${triggerPnlPercentage > 0 ? "≥" : "≤"} ${triggerPnlPercentage} % → ${action}`
    }
    case "auto_entry": {
      const { leverage, quantityUsd, side, triggerPriceUsd } = rule
      const when = triggerPriceUsd === undefined ? "at once" : `price ${side === "buy" ? "≤" : "≥"} ${triggerPriceUsd}`
      return `${when} → ${side} ${quantityUsd} USD, leverage ${leverage}`
    }
  }
}
