import {
  type Account,
  type AccountState,
  type AutoEntryRule,
  type AutomationCommand,
  accountStateKey,
  type Decision,
  type EpisodeState,
  type MarginGuardRule,
  type MarginState,
  type MarketTick,
  marginStateKey,
  type Position,
  type Rule,
  type RuleActivity,
  type TakeProfitStopLossRule,
  type TradeOutcome,
  type TradingSwitch,
  tradingKey
} from "@millrace/contracts"
import { Evaluator, type Output } from "@millrace/margin-monitor"
import { TradingBoard } from "@millrace/runtime"
import { account, position, rule, tickOf } from "./fixtures.ts"

const common = { accountId: "a1", enabled: true, dryRun: false, retryAfterMs: 3_000, version: 1 } as const

const guard: MarginGuardRule = { ...rule, ruleId: "guard", threshold: 0.5, retryAfterMs: 3_000 }
const adds: MarginGuardRule = {
  ...guard,
  ruleId: "adds",
  threshold: 0.3,
  action: "add_margin",
  addMarginAmountSats: 5_000,
  coolDownMs: 4_000,
  whenStale: "hold"
}
const reduces: MarginGuardRule = {
  ...guard,
  ruleId: "reduces",
  threshold: 0.4,
  action: "reduce_position",
  reducePercentage: 50,
  reduceStrategy: "close_trades"
}
const hedges: MarginGuardRule = { ...reduces, ruleId: "hedges", threshold: 0.45, reduceStrategy: "hedge" }
const takes: TakeProfitStopLossRule = {
  _tag: "Rule",
  ...common,
  ruleId: "takes",
  kind: "tp_sl",
  triggerPnlPercentage: 20,
  action: "update_sl",
  newStopLossUsd: 58_000,
  maxActions: { count: 2, periodMs: 9_000 }
}
const enters: AutoEntryRule = {
  _tag: "Rule",
  ...common,
  ruleId: "enters",
  kind: "auto_entry",
  market: "btc_usd",
  marginMode: "isolated",
  side: "buy",
  quantityUsd: 100,
  leverage: 5,
  triggerPriceUsd: 58_500,
  triggerType: "market",
  coolDownMs: 2_000,
  maxActions: { count: 2 }
}

export const allRules: ReadonlyArray<Rule> = [guard, adds, reduces, hedges, takes, enters]

/** A record as it would lie in Kafka. */
export type Happening = { readonly atMs: number } & (
  | { readonly _tag: "State"; readonly value: AccountState }
  | { readonly _tag: "Switch"; readonly key: string; readonly value: TradingSwitch | undefined }
  | { readonly _tag: "Tick"; readonly value: MarketTick }
  | { readonly _tag: "Decision"; readonly value: Decision }
  | { readonly _tag: "Command"; readonly value: AutomationCommand }
  | { readonly _tag: "Outcome"; readonly value: TradeOutcome }
)

/** An evaluated tick with what was in force before it, and what the evaluator did with it and then kept of it. */
export interface Evaluated {
  readonly tick: { readonly value: MarketTick; readonly timestampMs: number }
  readonly account: Account
  readonly rules: ReadonlyArray<Rule>
  readonly positions: ReadonlyArray<Position>
  readonly switches: ReadonlyArray<TradingSwitch>
  readonly fired: ReadonlySet<string>
  readonly episodes: ReadonlyMap<string, EpisodeState>
  readonly activities: ReadonlyMap<string, RuleActivity>
}

export const settings = { overdueAfterMs: 30_000, freshForMs: 10_000 }

/** The real evaluator under random ticks, outcomes, and changes of accounts, rules, positions and switches, from a seed. */
export class RandomHistory {
  readonly happenings: Array<Happening> = []
  readonly evaluated: Array<Evaluated> = []
  private readonly evaluator = new Evaluator(settings)
  private readonly board = new TradingBoard({ staleAfterMs: 1e15, nowMs: () => 1_000_000 })
  private readonly rows = new Map<string, MarginState>()
  private readonly rules = new Map<string, Rule>()
  private readonly positions = new Map<string, Position>()
  private readonly switches = new Map<string, TradingSwitch>()
  private readonly open = new Map<string, AutomationCommand>()
  private account: Account = account
  private wallMs = 1_000_000
  private marketMs = 2_000
  private price = 60_000
  private offset = 0
  private state: number

  constructor(seed: number, steps: number) {
    this.state = (seed % 2_147_483_646) + 1
    this.board.change({
      key: "heartbeat",
      value: { _tag: "ControlsHeartbeat", atMs: 1_000_000 },
      offset: this.offset++
    })
    this.board.read()
    this.store(this.account)
    for (const one of allRules) this.store(one)
    this.store({ ...position, openedAtMs: 1_500 })
    this.store({ ...position, positionId: "p2", side: "sell", liquidationPriceUsd: 66_666.5, openedAtMs: 1_500 })
    this.store({ ...position, positionId: "p3", quantityUsd: 400, marginSats: 66_666, openedAtMs: 1_500 })
    this.take(this.evaluator.start(this.wallMs))
    for (let n = 0; n < steps; n++) this.step()
  }

  private draw(below: number): number {
    this.state = (this.state * 48_271) % 2_147_483_647
    return this.state % below
  }

  private step(): void {
    if (!this.account.active && this.draw(2) === 0) this.switchAccount()
    const kind = this.draw(24)
    if (kind === 0) this.switchAccount()
    else if (kind === 1) this.changeRule()
    else if (kind < 4) this.turnSwitch()
    else if (kind < 8) this.endCommand()
    else if (kind === 8) this.changePosition()
    else this.tick()
  }

  private tick(): void {
    this.price = Math.max(54_700, Math.min(66_000, this.price + (this.draw(9) - 4) * 350))
    this.marketMs += 1_000
    const ageMs = this.draw(8) === 0 ? 15_000 : 5
    const value: MarketTick = {
      ...tickOf(this.marketMs, this.price),
      receivedAtMs: this.now() - ageMs,
      source: this.draw(10) === 0 ? "backfill" : "stream"
    }
    const tick = { value, timestampMs: this.wallMs }
    this.happenings.push({ _tag: "Tick", atMs: this.wallMs, value })
    const inForce = {
      account: this.account,
      rules: [...this.rules.values()],
      positions: [...this.positions.values()],
      switches: [...this.switches.values()],
      activities: new Map([...this.rows].flatMap(([key, row]) => (row._tag === "RuleActivity" ? [[key, row]] : [])))
    }
    const outputs = this.evaluator.evaluate(value, this.wallMs) ?? []
    this.take(outputs)
    const fired = new Set(
      outputs.flatMap((output) => (output._tag === "Command" ? [pairKey(output.value.ruleId, output.value)] : []))
    )
    this.evaluated.push({
      tick,
      ...inForce,
      fired,
      episodes: new Map([...this.rows].flatMap(([key, row]) => (row._tag === "EpisodeState" ? [[key, row]] : [])))
    })
  }

  private switchAccount(): void {
    this.store({ ...this.account, active: !this.account.active, version: this.account.version + 1 })
  }

  private changeRule(): void {
    const rules = [...this.rules.values()]
    const one = this.pick([...rules, ...rules.filter(({ enabled }) => !enabled)])
    this.store({ ...one, enabled: !one.enabled, version: one.version + 1 })
  }

  private turnSwitch(): void {
    const scope = this.pick([{}, { accountId: "a1" }, { accountId: "a1", ruleId: this.pick(allRules).ruleId }])
    const mode = this.pick(["HALTED", "REDUCE_ONLY", undefined, undefined, undefined, undefined] as const)
    const key = tradingKey(scope)
    const atMs = this.now()
    const value: TradingSwitch | undefined =
      mode === undefined ? undefined : { _tag: "TradingSwitch", ...scope, mode, actor: "ada", atMs }
    if (value === undefined) this.switches.delete(key)
    else this.switches.set(key, value)
    this.happenings.push({ _tag: "Switch", atMs, key, value })
    this.board.change({ key, value, offset: this.offset++ })
    this.evaluator.controlled(scope, (asked) => this.board.verdict(asked))
  }

  private endCommand(): void {
    const command = this.pick([...this.open.values()])
    if (command === undefined) return
    const [status, reason] = this.pick([
      ["completed", "done"],
      ["completed", "done"],
      ["failed", "unavailable"],
      ["refused", "insufficient_balance"],
      ["unknown", "reply_lost"]
    ] as const)
    if (status !== "unknown") this.open.delete(command.commandId)
    const { accountId, action, attempt, commandId, marketTimeMs, positionId, priceUsd, ruleId } = command
    const value: TradeOutcome = {
      commandId,
      accountId,
      accountName: "First",
      ruleId,
      ...(positionId === undefined ? {} : { positionId }),
      action,
      attempt,
      status,
      reason,
      ...(status === "completed" ? { effectId: `effect-${commandId}` } : {}),
      marketTimeMs,
      priceUsd,
      timing: { tickReceivedAtMs: 1, decidedAtMs: 1 },
      finishedAtMs: this.now()
    }
    this.happenings.push({ _tag: "Outcome", atMs: this.wallMs, value })
    this.take(this.evaluator.outcome(value, "w1", this.wallMs))
    const known = this.positions.get(positionId ?? "")
    if (status === "completed" && known !== undefined && action._tag === "add_margin")
      this.store({ ...known, marginSats: known.marginSats + 5_000, revision: known.revision + 1, commandId })
    if (status === "completed" && known !== undefined && action._tag === "close_position")
      this.store({ ...known, status: "closed", closedAtMs: this.marketMs, revision: known.revision + 1, commandId })
  }

  /** By hand, or a position of the same shape is opened. */
  private changePosition(): void {
    const known = this.pick([...this.positions.values()])
    if (known === undefined || this.positions.size < 3)
      this.store({ ...position, positionId: `p${this.wallMs}`, openedAtMs: this.marketMs })
    else this.store({ ...known, marginSats: known.marginSats + 1_000, revision: known.revision + 1 })
  }

  private pick<A>(of: ReadonlyArray<A>): A {
    return of[this.draw(Math.max(1, of.length))]!
  }

  private now(): number {
    this.wallMs += 10
    return this.wallMs
  }

  private store(value: AccountState): void {
    this.happenings.push({ _tag: "State", atMs: this.now(), value })
    if (value._tag === "Account") this.account = value
    else if (value._tag === "Rule") this.rules.set(value.ruleId, value)
    else if (value.status === "closed") this.positions.delete(value.positionId)
    else this.positions.set(value.positionId, value)
    this.take(this.evaluator.change({ key: accountStateKey(value), value, workspaceId: "w1" }, this.wallMs))
  }

  private take(outputs: ReadonlyArray<Output>): void {
    for (const output of outputs) {
      const atMs = this.now()
      if (output._tag === "State") {
        if (output.value === null) this.rows.delete(output.key)
        else this.rows.set(output.key, output.value)
      } else if (output._tag === "Decision") this.happenings.push({ _tag: "Decision", atMs, value: output.value })
      else if (output._tag === "Command") {
        this.happenings.push({ _tag: "Command", atMs, value: output.value })
        this.open.set(output.value.commandId, output.value)
      }
    }
  }
}

export const pairKey = (ruleId: string, { positionId }: { readonly positionId?: string }): string =>
  `${positionId ?? "*"}/${ruleId}`

export const episodeKey = (ruleId: string, positionId: string | undefined): string =>
  marginStateKey({
    _tag: "EpisodeState",
    accountId: "a1",
    ruleId,
    ...(positionId === undefined ? {} : { positionId })
  } as EpisodeState)
