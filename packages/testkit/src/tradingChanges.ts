import {
  type Account,
  accountState,
  accountStateKey,
  type Control,
  cancelKey,
  controls,
  type Rule,
  systemWorkspace,
  type TradingScope,
  tradingKey
} from "@millrace/contracts"
import { type Outgoing, outgoing } from "@millrace/runtime"
import { type Draw, type TradingWork, tradingWorkspace } from "./tradingWork.ts"

/** What owners and operators do while all runs. */
export interface TradingChange {
  /** Since the world began, in milliseconds. */
  readonly atMs: number
  /** The record that tells of it; `undefined`: there is nothing to be done yet. `open`: commands without an end. */
  readonly recordAt: (timeMs: number, open: () => ReadonlyArray<OpenCommand>) => Outgoing | undefined
}

export interface OpenCommand {
  readonly commandId: string
  readonly accountId: string
}

/** The changes of a seed in the order of time, and what accounts and rules are after them. */
export interface TradingChanges {
  readonly changes: ReadonlyArray<TradingChange>
  readonly accounts: ReadonlyArray<Account>
  readonly rules: ReadonlyArray<Rule>
}

/** How long a switch holds, an account is off, or a cap is low, in milliseconds. */
const durations = [1_000, 4_000, 12_000, 40_000] as const

/**
 * Draws switches of all three scopes that are lifted again, rules that change, accounts that are switched off or capped,
 * and commands that an operator withdraws; of each kind up to three, and often none. Every second
 * one comes while the price falls. All switches are lifted by `untilMs`.
 */
export const drawTradingChanges = (draw: Draw, work: TradingWork, untilMs: number): TradingChanges => {
  const time = (): number => {
    const fallsAtMs = Math.max(3_000, work.fallsAt * 1000 - 5_000)
    return draw(2) === 0 ? 3_000 + draw(untilMs - 10_000) : Math.min(untilMs - 5_000, fallsAtMs + draw(20_000))
  }
  const until = (fromMs: number): number => Math.min(untilMs, fromMs + durations[draw(durations.length)]!)
  const some = <A>(most: number, make: () => A): ReadonlyArray<A> => Array.from({ length: draw(most + 1) }, make)
  const scopes = new Map(some(3, () => scopeOf(draw, work)).map((scope) => [tradingKey(scope), scope]))
  const switches = [...scopes.values()].flatMap((scope) => switched(scope, draw(2) === 0, time(), until))
  const cancels = some(2, () => canceled(time(), draw(1_000)))
  const rules = revisions(
    some(3, () => work.rules[draw(work.rules.length)]!).flatMap((rule) => ruleSteps(rule, draw, time(), until)),
    work.rules,
    ({ ruleId }) => ruleId
  )
  const accounts = revisions(
    some(2, () => work.accounts[draw(work.accounts.length)]!).flatMap((one) => accountSteps(one, draw, time(), until)),
    work.accounts,
    ({ accountId }) => accountId
  )
  return {
    changes: [...switches, ...cancels, ...rules.changes, ...accounts.changes].sort((a, b) => a.atMs - b.atMs),
    accounts: accounts.last,
    rules: rules.last
  }
}

const scopeOf = (draw: Draw, { accounts, rules }: TradingWork): TradingScope => {
  if (draw(4) === 0) return {}
  if (draw(2) === 0) return { accountId: accounts[draw(accounts.length)]!.accountId }
  const { accountId, ruleId } = rules[draw(rules.length)]!
  return { accountId, ruleId }
}

/** REDUCE_ONLY or HALTED from a time on, and ACTIVE again. */
const switched = (
  scope: TradingScope,
  halts: boolean,
  fromMs: number,
  until: (fromMs: number) => number
): ReadonlyArray<TradingChange> => {
  const record = (value: Control | null) =>
    outgoing(controls, { key: tradingKey(scope), value, workspaceId: systemWorkspace })
  const mode = halts ? "HALTED" : "REDUCE_ONLY"
  return [
    {
      atMs: fromMs,
      recordAt: (atMs) => record({ _tag: "TradingSwitch", ...scope, mode, actor: "operator", atMs })
    },
    { atMs: until(fromMs), recordAt: () => record(null) }
  ]
}

const canceled = (atMs: number, drawn: number): TradingChange => ({
  atMs,
  recordAt: (timeMs, open) => {
    const commands = open()
    const command = commands[drawn % Math.max(1, commands.length)]
    if (command === undefined) return undefined
    const { accountId, commandId } = command
    const value: Control = { _tag: "CommandCancel", commandId, accountId, actor: "operator", atMs: timeMs }
    return outgoing(controls, { key: cancelKey(commandId), value, workspaceId: systemWorkspace })
  }
})

/** Fields that change, of an account or of any kind of rule. */
type Changed = Readonly<Record<string, unknown>>

/** A change of an account or a rule, as the next version of whatever it then is. */
interface RevisionStep<A> {
  readonly of: A
  readonly atMs: number
  readonly change: Changed
}

const ruleSteps = (rule: Rule, draw: Draw, atMs: number, until: (fromMs: number) => number) => {
  const step = (change: Changed, at = atMs) => ({ of: rule, atMs: at, change })
  if (draw(2) === 0) return [step({ enabled: false }), ...(draw(4) === 0 ? [] : [step({ enabled: true }, until(atMs))])]
  if (rule.kind === "auto_entry") return [step({ triggerPriceUsd: (rule.triggerPriceUsd ?? 0) + 400 - draw(800) })]
  if (rule.kind === "tp_sl") return [step({ triggerPnlPercentage: 15 + draw(50) })]
  return [step(draw(2) === 0 ? { threshold: 0.3 + draw(5) / 10 } : { action: "close_position" })]
}

const accountSteps = (account: Account, draw: Draw, atMs: number, until: (fromMs: number) => number) => {
  const step = (change: Changed, at = atMs) => ({ of: account, atMs: at, change })
  if (draw(2) === 0) return [step({ caps: { orderQuantityUsd: 50 } }), step({ caps: {} }, until(atMs))]
  return [step({ active: false }), ...(draw(4) === 0 ? [] : [step({ active: true }, until(atMs))])]
}

/** Each step makes the next version of what was before it, in the order of time. */
const revisions = <A extends Account | Rule>(
  steps: ReadonlyArray<RevisionStep<A>>,
  first: ReadonlyArray<A>,
  idOf: (one: A) => string
): { readonly changes: ReadonlyArray<TradingChange>; readonly last: ReadonlyArray<A> } => {
  const present = new Map(first.map((one) => [idOf(one), one]))
  const changes = steps
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, change, of }): TradingChange => {
      const before = present.get(idOf(of))!
      const value = withoutStrategy({ ...before, ...change, version: before.version + 1 })
      present.set(idOf(of), value)
      return {
        atMs,
        recordAt: () => outgoing(accountState, { key: accountStateKey(value), value, workspaceId: tradingWorkspace })
      }
    })
  return { changes, last: [...present.values()] }
}

/** A strategy belongs to what reduces only. */
const withoutStrategy = <A extends Account | Rule>(value: A): A => {
  if (value._tag !== "Rule" || value.kind !== "margin_guard" || value.action === "reduce_position") return value
  const { reducePercentage: _, reduceStrategy: __, ...rest } = value
  return rest as A
}
