import type { Account, MarginGuardRule, PositionAfter, TradeOutcome } from "@millrace/contracts"
import type { ExchangeCrossPosition, ExchangeTrade } from "@millrace/exchange"

export const account = (accountId: string, changes: Partial<Account> = {}): Account => ({
  _tag: "Account",
  accountId,
  workspaceId: "w",
  userId: "u",
  name: accountId,
  active: true,
  network: "simulator",
  warningThreshold: 0.8,
  criticalThreshold: 0.9,
  hysteresis: 0.05,
  version: 1,
  ...changes
})

export const guard = (accountId: string): MarginGuardRule => ({
  _tag: "Rule",
  ruleId: "r",
  accountId,
  kind: "margin_guard",
  enabled: true,
  dryRun: false,
  metric: "margin_loss",
  threshold: 0.8,
  action: "close_position",
  retryAfterMs: 60_000,
  version: 1
})

/** A long of 10 USD at 10, liquidated at 8. */
export const trade = (changes: Partial<ExchangeTrade>): ExchangeTrade => ({
  tradeId: "t-1",
  side: "buy",
  quantityUsd: 10,
  entryPriceUsd: 10,
  marginSats: 1000,
  maintenanceMarginSats: 10,
  leverage: 5,
  liquidationPriceUsd: 8,
  stopLossUsd: undefined,
  takeProfitUsd: undefined,
  status: "running",
  exitPriceUsd: undefined,
  pnlSats: undefined,
  createdAtMs: 1,
  closedAtMs: undefined,
  clientId: undefined,
  ...changes
})

/** A long of 10 USD at 10 on cross margin. */
export const cross = (changes: Partial<ExchangeCrossPosition>): ExchangeCrossPosition => ({
  exchangeId: "x-1",
  side: "buy",
  quantityUsd: 10,
  leverage: 5,
  marginSats: 5_000,
  entryPriceUsd: 10,
  liquidationPriceUsd: 7,
  maintenanceMarginSats: 100,
  runningMarginSats: 1000,
  initialMarginSats: 0,
  pnlSats: 0,
  updatedAtMs: 1,
  ...changes
})

export const outcome = (changes: {
  readonly commandId: string
  readonly accountId?: string
  readonly positionId?: string
  readonly after?: Partial<PositionAfter>
}): TradeOutcome => ({
  commandId: changes.commandId,
  accountId: changes.accountId ?? "a",
  accountName: "a",
  ruleId: "r",
  positionId: changes.positionId ?? "t-1",
  action: { _tag: "close_position" },
  attempt: 1,
  status: "completed",
  reason: "done",
  marketTimeMs: 70,
  priceUsd: 9,
  marginLoss: 0.9,
  timing: { tickReceivedAtMs: 1, decidedAtMs: 2 },
  finishedAtMs: 3,
  ...(changes.after === undefined
    ? {}
    : {
        after: {
          open: true,
          marginSats: 1000,
          maintenanceMarginSats: 10,
          leverage: 5,
          entryPriceUsd: 10,
          liquidationPriceUsd: 8,
          ...changes.after
        }
      })
})
