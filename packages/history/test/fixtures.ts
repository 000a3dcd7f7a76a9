import type { Account, Decision, MarginGuardRule, MarketTick, Position } from "@millrace/contracts"

export const account: Account = {
  _tag: "Account",
  accountId: "a1",
  workspaceId: "w1",
  userId: "u1",
  name: "First",
  active: true,
  network: "simulator",
  warningThreshold: 0.8,
  criticalThreshold: 0.9,
  hysteresis: 0.02,
  version: 1
}

export const rule: MarginGuardRule = {
  _tag: "Rule",
  ruleId: "guard-1",
  accountId: "a1",
  kind: "margin_guard",
  enabled: true,
  dryRun: false,
  metric: "margin_loss",
  threshold: 0.85,
  action: "close_position",
  retryAfterMs: 10_000,
  version: 1
}

/** 1000 USD long at 60,000 with a leverage of 10, liquidated at 54,545.5. */
export const position: Position = {
  _tag: "Position",
  positionId: "p1",
  accountId: "a1",
  market: "btc_usd",
  marginMode: "isolated",
  side: "buy",
  quantityUsd: 1000,
  entryPriceUsd: 60_000,
  marginSats: 166_666,
  maintenanceMarginSats: 1_833,
  leverage: 10,
  liquidationPriceUsd: 54_545.5,
  status: "open",
  openedAtMs: 1_000,
  revision: 1,
  epoch: 1
}

export const tickOf = (marketTimeMs: number, priceUsd: number, epoch = 1): MarketTick => ({
  market: "btc_usd",
  priceUsd,
  marketTimeMs,
  receivedAtMs: marketTimeMs,
  source: "stream",
  epoch
})

export const decision: Decision = {
  decisionId: "d1",
  accountId: "a1",
  ruleId: "guard-1",
  positionId: "p1",
  reason: "fired",
  priceUsd: 55_000,
  marketTimeMs: 1_000
}
