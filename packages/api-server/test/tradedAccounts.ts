import type { Account, MarginGuardRule, MarketTick, Position } from "@millrace/contracts"
import { AccountStore } from "@millrace/store"
import { Effect } from "effect"
import { TradingView } from "../src/index.ts"

export const account = (accountId: string, workspaceId: string, more: Partial<Account> = {}): Account => ({
  _tag: "Account",
  accountId,
  workspaceId,
  userId: "u1",
  name: accountId,
  active: true,
  network: "simulator",
  warningThreshold: 0.8,
  criticalThreshold: 0.9,
  hysteresis: 0.02,
  version: 1,
  ...more
})

/** Closes a position once 85 % of its margin are lost. */
export const guard = (ruleId: string, accountId: string): MarginGuardRule => ({
  _tag: "Rule",
  ruleId,
  accountId,
  kind: "margin_guard",
  enabled: true,
  dryRun: false,
  metric: "margin_loss",
  threshold: 0.85,
  action: "close_position",
  retryAfterMs: 10_000,
  version: 1
})

/** 1,000 USD long at 60,000 with a leverage of 10, liquidated at 54,545.5. */
export const long = (positionId: string, accountId: string, more: Partial<Position> = {}): Position => ({
  _tag: "Position",
  positionId,
  accountId,
  market: "btc_usd",
  marginMode: "isolated",
  side: "buy",
  quantityUsd: 1_000,
  entryPriceUsd: 60_000,
  marginSats: 166_667,
  maintenanceMarginSats: 3_000,
  leverage: 10,
  liquidationPriceUsd: 54_545.5,
  status: "open",
  openedAtMs: 1_000,
  revision: 1,
  epoch: 1,
  ...more
})

export const tick = (priceUsd: number, marketTimeMs: number): MarketTick => ({
  market: "btc_usd",
  priceUsd,
  marketTimeMs,
  receivedAtMs: marketTimeMs,
  source: "stream",
  epoch: 1
})

/** Stores and publishes an account with a rule and a position, as control-api and market-data do. */
export const publish = Effect.fnUntraced(function* (accountId: string, workspaceId: string, ruleId: string) {
  const view = yield* TradingView
  const { _tag, version, ...stored } = account(accountId, workspaceId)
  const { _tag: _, version: __, ...rule } = guard(ruleId, accountId)
  yield* AccountStore.use((store) => store.save({ accounts: [stored], rules: [rule] }))
  view.accountChanged({ key: `account/${accountId}/${accountId}`, value: account(accountId, workspaceId) })
  view.accountChanged({ key: `rule/${accountId}/${ruleId}`, value: guard(ruleId, accountId) })
  view.accountChanged({ key: `position/${accountId}/p-${accountId}`, value: long(`p-${accountId}`, accountId) })
})
