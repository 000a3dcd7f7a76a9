import type { Account, AccountState, MarginGuardRule, MarketTick, Position, TradeOutcome } from "@millrace/contracts"
import { type AutomationCommand, accountStateKey, type MarginState } from "@millrace/contracts"
import { Evaluator } from "../src/Evaluator.ts"
import type { EvaluatorSettings } from "../src/EvaluatorSettings.ts"
import type { Output, Outputs } from "../src/Output.ts"

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
  ruleId: "r1",
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

/** A position opened as the exchange does: 1000 USD at 60,000, 10x, liquidated at 54,545.5. */
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

export const tickAt = (marketTimeMs: number, priceUsd: number, epoch = 1): MarketTick => ({
  market: "btc_usd",
  priceUsd,
  marketTimeMs,
  receivedAtMs: marketTimeMs,
  source: "stream",
  epoch
})

/** Price at which the long of `position` has lost this share of its margin. */
export const priceAtLoss = (loss: number, of: Position = position): number => {
  const sign = of.side === "buy" ? 1 : -1
  return 1 / (1 / of.entryPriceUsd + (sign * loss * of.marginSats) / (of.quantityUsd * 100_000_000))
}

export const settings: EvaluatorSettings = { overdueAfterMs: 30_000, freshForMs: 10_000 }

export const outcomeOf = (
  command: AutomationCommand,
  status: TradeOutcome["status"],
  reason: string
): TradeOutcome => ({
  commandId: command.commandId,
  accountId: command.accountId,
  accountName: "First",
  ruleId: command.ruleId,
  ...(command.positionId === undefined ? {} : { positionId: command.positionId }),
  action: command.action,
  attempt: command.attempt,
  status,
  reason,
  marketTimeMs: command.marketTimeMs,
  priceUsd: command.priceUsd,
  ...(command.figures === undefined ? {} : { marginLoss: command.figures.marginLoss }),
  timing: { tickReceivedAtMs: command.tickReceivedAtMs, decidedAtMs: command.decidedAtMs },
  finishedAtMs: command.decidedAtMs
})

interface TickKind {
  readonly ageMs?: number
  readonly source?: MarketTick["source"]
}

/** Drives an evaluator by hand and keeps all its outputs, and the rows of its changelog as a compacted topic would. */
export class Bench {
  readonly evaluator: Evaluator
  readonly all: Array<Output> = []
  readonly rows: Map<string, MarginState>

  constructor(
    rows: ReadonlyArray<AccountState>,
    changelog: ReadonlyMap<string, MarginState> = new Map(),
    own: EvaluatorSettings = settings
  ) {
    this.evaluator = new Evaluator(own)
    this.rows = new Map(changelog)
    for (const value of rows) this.change(value)
    for (const [key, value] of changelog) this.evaluator.restore({ key, value, workspaceId: "w1" })
    this.take(this.evaluator.start(0))
  }

  change(value: AccountState): Outputs {
    return this.take(this.evaluator.change({ key: accountStateKey(value), value, workspaceId: "w1" }, 0))
  }

  remove(value: AccountState): Outputs {
    return this.take(this.evaluator.change({ key: accountStateKey(value), value: undefined, workspaceId: "w1" }, 0))
  }

  /** Evaluated so long after its receipt; at once, if nothing is said. */
  tick(marketTimeMs: number, priceUsd: number, { ageMs = 0, source = "stream" }: TickKind = {}): Outputs {
    const tick = { ...tickAt(marketTimeMs, priceUsd), source }
    return this.take(this.evaluator.evaluate(tick, marketTimeMs + ageMs) ?? [])
  }

  /** A tick at which the fixture's position has lost this share of its margin. */
  loss(marketTimeMs: number, share: number): Outputs {
    return this.tick(marketTimeMs, priceAtLoss(share))
  }

  outcome(command: AutomationCommand, status: TradeOutcome["status"], reason: string): Outputs {
    return this.take(this.evaluator.outcome(outcomeOf(command, status, reason), "w1", 0))
  }

  get commands(): ReadonlyArray<AutomationCommand> {
    return commandsIn(this.all)
  }

  get open(): ReadonlyArray<string> {
    return [...this.evaluator.openCommands()]
  }

  /** Keeps what a step put out. */
  take(outputs: Outputs): Outputs {
    this.all.push(...outputs)
    for (const output of outputs) {
      if (output._tag !== "State") continue
      if (output.value === null) this.rows.delete(output.key)
      else this.rows.set(output.key, output.value)
    }
    return outputs
  }
}

export const commandsIn = (outputs: ReadonlyArray<Output>): ReadonlyArray<AutomationCommand> =>
  outputs.flatMap((output) => (output._tag === "Command" ? [output.value] : []))

export const reasonsIn = (outputs: ReadonlyArray<Output>): ReadonlyArray<string> =>
  outputs.flatMap((output) => (output._tag === "Decision" ? [output.value.reason] : []))

export const levelsIn = (outputs: ReadonlyArray<Output>): ReadonlyArray<string> =>
  outputs.flatMap((output) => (output._tag === "MarginEvent" ? [output.value.level] : []))

export const noticesIn = (outputs: ReadonlyArray<Output>): ReadonlyArray<string> =>
  outputs.flatMap((output) => (output._tag === "Notification" ? [`${output.lane}: ${output.value.title}`] : []))
