import type { Account, AutomationCommand, MarginGuardRule, Position, Rule, TradeOutcome } from "@millrace/contracts"
import type { LocalExchange } from "@millrace/simulators"
import { conditionHolds, isOfGroup, planReduction } from "@millrace/trading"
import type { Violation } from "./checkHistory.ts"
import { commandIn, commandOfIntent, commandsIn } from "./controlRules.ts"
import type { HistoryEvent } from "./History.ts"
import { isLiquidatedBetween, positionsOf } from "./marketPositions.ts"
import { retryAfterMs } from "./tradingWork.ts"

/** What a world of traders comes to: the market as it is, and accounts and rules as they were last. */
export interface TradingEnd {
  readonly market: LocalExchange
  readonly accounts: ReadonlyArray<Account>
  readonly rules: ReadonlyArray<Rule>
  /** Wall time at which the world began, in milliseconds. */
  readonly startedAtMs: number
}

/** An outcome as the trade log last told it, and its command. */
interface Told {
  readonly outcome: TradeOutcome
  readonly command: AutomationCommand
}

/**
 * Returns what is left undone once all is calm, and what was done beyond measure:
 *
 * - a running position whose guard's condition holds though nothing tells why, isolated or cross;
 * - an entry whose price is reached and that opened nothing, or more than one position for a version of its rule;
 * - from the fourth attempt of an episode on one that comes before the rule's wait is over;
 * - a reduction or close of a cross position that made it larger or turned it, but for one that arrived after a liquidation.
 *
 * The market is looked at as it is, with the formula and without the monitor's index. Rules that are off and accounts that
 * are off ask for nothing.
 */
export const checkTrading = (events: ReadonlyArray<HistoryEvent>, end: TradingEnd): ReadonlyArray<Violation> => {
  const commands = commandsIn(events)
  const told = lastTold(events, commands)
  const found: Array<Violation> = []
  const say = (rule: string, detail: string) =>
    found.push({ rule, at: events.at(-1)?.at ?? 0, event: events.length, detail })
  for (const rule of end.rules) {
    const isOn = rule.enabled && end.accounts.some(({ accountId, active }) => accountId === rule.accountId && active)
    if (rule.kind === "auto_entry" && isOn) checkEntered(rule, events, commands, told, end, say)
    if (rule.kind === "margin_guard" && isOn) checkGuarded(rule, told, end, say)
  }
  return [...found, ...enteredTwice(events, commands), ...triedTooOften(events), ...crossTurned(events, commands, end)]
}

type Say = (rule: string, detail: string) => void

const lastTold = (
  events: ReadonlyArray<HistoryEvent>,
  commands: ReadonlyMap<string, AutomationCommand>
): ReadonlyArray<Told> => {
  const told = new Map<string, Told>()
  for (const event of events) {
    if (event.type !== "appended" || event.topic !== "trade-log") continue
    const outcome = JSON.parse(event.value) as TradeOutcome
    const command = commands.get(outcome.commandId)
    // A process that was cut off may tell late that a command waits, after another one has ended it.
    if (outcome.status === "pending" && told.has(outcome.commandId)) continue
    if (command !== undefined) told.set(outcome.commandId, { outcome, command })
  }
  return [...told.values()]
}

/** What will not be done however often it is asked: no balance, more margin than a position may have; or not soon: a cap. */
const isRefusedForLong = ({ reason }: TradeOutcome): boolean =>
  ["insufficient_balance", "exchange_refused", "canceled_by_operator", "cross_leverage_differs"].includes(reason) ||
  reason.startsWith("cap_")

const isAbout = ({ command }: Told, position: Position): boolean =>
  command.accountId === position.accountId &&
  (position.marginMode === "cross" ? command.marginMode === "cross" : command.positionId === position.positionId)

/** A result that nobody knows blocks the position; of a reduction each of its trades. */
const isUnknown = (one: Told, position: Position): boolean =>
  one.outcome.status === "unknown" &&
  (isAbout(one, position) || one.outcome.parts?.some(({ positionId }) => positionId === position.positionId) === true)

const checkGuarded = (rule: MarginGuardRule, told: ReadonlyArray<Told>, { market }: TradingEnd, say: Say): void => {
  const price = market.state().price ?? Number.NaN
  const positions = positionsOf(market, rule.accountId)
  for (const position of positions) {
    if (!conditionHolds(position, rule.metric, rule.threshold, price)) continue
    const own = told.filter(({ command }) => command.ruleId === rule.ruleId && command.ruleVersion === rule.version)
    const excused =
      told.some((one) => isUnknown(one, position)) ||
      told.some(
        (one) => isAbout(one, position) && one.command.ruleId === rule.ruleId && isRefusedForLong(one.outcome)
      ) ||
      hasHadItsReduction(rule, position, own, positions) ||
      hasNoReduction(rule, position, positions, price)
    if (!excused)
      say("unguarded", `${position.positionId} of ${rule.accountId} at ${price}: ${rule.ruleId} should have acted`)
  }
}

/** A hedge, or other trades closed, leave a trade as endangered as it was; that is done once in an episode. */
const hasHadItsReduction = (
  rule: MarginGuardRule,
  position: Position,
  own: ReadonlyArray<Told>,
  positions: ReadonlyArray<Position>
): boolean => {
  if (rule.action !== "reduce_position" || position.marginMode === "cross") return false
  const done = own.filter(({ outcome }) => outcome.status === "completed")
  if (rule.reduceStrategy === "hedge") return done.some((one) => isAbout(one, position))
  return (
    positions.some((other) => isOfGroup(other, position)) && done.some(({ command }) => command.marginMode !== "cross")
  )
}

const hasNoReduction = (
  rule: MarginGuardRule,
  position: Position,
  positions: ReadonlyArray<Position>,
  price: number
): boolean => rule.action === "reduce_position" && planReduction(rule, position, positions, price) === undefined

const isEntryEffect = (event: HistoryEvent): event is Extract<HistoryEvent, { readonly type: "effect" }> =>
  event.type === "effect" && !event.intent.includes(".")

const checkEntered = (
  rule: Extract<Rule, { readonly kind: "auto_entry" }>,
  events: ReadonlyArray<HistoryEvent>,
  commands: ReadonlyMap<string, AutomationCommand>,
  told: ReadonlyArray<Told>,
  { market }: TradingEnd,
  say: Say
): void => {
  const price = market.state().price ?? Number.NaN
  if (price > (rule.triggerPriceUsd ?? Number.POSITIVE_INFINITY)) return
  const entered = events.some((event) => isEntryEffect(event) && commands.get(event.intent)?.ruleId === rule.ruleId)
  const excused = told.some(
    ({ command, outcome }) =>
      command.ruleId === rule.ruleId && (outcome.status === "unknown" || isRefusedForLong(outcome))
  )
  if (!entered && !excused)
    say("not_entered", `${rule.ruleId}: the price is ${price}, the trigger ${rule.triggerPriceUsd}`)
}

const enteredTwice = (
  events: ReadonlyArray<HistoryEvent>,
  commands: ReadonlyMap<string, AutomationCommand>
): ReadonlyArray<Violation> => {
  const entered = new Map<string, number>()
  return events.flatMap((event, index) => {
    const command = isEntryEffect(event) ? commands.get(event.intent) : undefined
    if (command?.ruleKind !== "auto_entry") return []
    const version = `${command.ruleId} version ${command.ruleVersion}`
    const count = (entered.get(version) ?? 0) + 1
    entered.set(version, count)
    return count < 2
      ? []
      : [{ rule: "entered_twice", at: event.at, event: index, detail: `${version} opened ${count} positions` }]
  })
}

/** Attempts that are decided with the very next tick, as another action overtook the one before. */
const quickAttempts = 3

const triedTooOften = (events: ReadonlyArray<HistoryEvent>): ReadonlyArray<Violation> => {
  const attempts = new Map<string, number>()
  return events.flatMap((event, index) => {
    const command = commandIn(event)
    if (command === undefined) return []
    const { attempt, marketTimeMs, positionId = "*", ruleId } = command
    const nameOf = (number: number) => `attempt ${number} of ${ruleId} on ${positionId}`
    const before = attempts.get(nameOf(attempt - 1))
    attempts.set(nameOf(attempt), marketTimeMs)
    if (attempt <= quickAttempts || before === undefined || marketTimeMs - before >= retryAfterMs) return []
    const detail = `${nameOf(attempt)} came ${marketTimeMs - before} ms after the one before`
    return [{ rule: "tried_too_often", at: event.at, event: index, detail }]
  })
}

const crossTurned = (
  events: ReadonlyArray<HistoryEvent>,
  commands: ReadonlyMap<string, AutomationCommand>,
  { market, startedAtMs }: TradingEnd
): ReadonlyArray<Violation> =>
  events.flatMap((event, index) => {
    if (event.type !== "effect" || event.crossUsd === undefined) return []
    const command = commands.get(commandOfIntent(event.intent))
    if (command === undefined || command.action._tag === "open_position") return []
    const [before, after] = event.crossUsd
    if (before * after >= 0 && Math.abs(after) <= Math.abs(before)) return []
    if (isLiquidatedBetween(market, command.accountId, command.marketTimeMs, startedAtMs + event.at)) return []
    const detail = `${event.what} of ${event.intent} made ${before} USD of ${command.accountId} ${after} USD`
    return [{ rule: "cross_turned", at: event.at, event: index, detail }]
  })
