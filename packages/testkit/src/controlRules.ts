import { type AutomationCommand, opensExposure } from "@millrace/contracts"
import type { Violation } from "./checkHistory.ts"
import type { HistoryEvent } from "./History.ts"
import { ControlsByProcess, type KnownControls, type Since } from "./KnownControls.ts"

/** Bounds of what the workers promise, in milliseconds. */
export interface ControlBounds {
  /** From when a switch is at the broker until nothing is opened any more, by whichever process. */
  readonly openingMs: number
  /** From when a process has read a switch or a cancellation until it obeys. */
  readonly readMs: number
  /** From when a process has read an account or a rule until its commands are judged by that alone. */
  readonly judgedMs: number
  /** From an order's way out of a process until the exchange takes it no more. */
  readonly arrivalMs: number
}

/** The command of an intent: its own, or that of which it is a part. */
export const commandOfIntent = (intent: string): string =>
  intent.slice(0, (intent.indexOf(".") + 1 || intent.length + 1) - 1)

/** The command that an event brought to the broker; `undefined`: it brought none. */
export const commandIn = (event: HistoryEvent): AutomationCommand | undefined =>
  event.type === "appended" && event.topic.startsWith("automation-commands") && !event.topic.endsWith(".dlq")
    ? (JSON.parse(event.value) as AutomationCommand)
    : undefined

/** Every command of a history, by id; copies are alike. */
export const commandsIn = (events: ReadonlyArray<HistoryEvent>): ReadonlyMap<string, AutomationCommand> =>
  new Map(
    events.flatMap((event) => {
      const command = commandIn(event)
      return command === undefined ? [] : [[command.commandId, command] as const]
    })
  )

/**
 * Returns every order that switches, cancellations, accounts or rules forbade:
 *
 * - of a process that has read HALTED nothing leaves, of one that has read REDUCE_ONLY nothing that opens exposure; nor of a
 *   command that it knows to be withdrawn;
 * - later than `openingMs` after a switch is at the broker nothing that opens leaves anywhere, also of a process that reads
 *   nothing; and `arrivalMs` later none is applied any more;
 * - later than `judgedMs` after a process has read that an account is off or capped, that a rule is off or asks for something
 *   else, nothing leaves against it.
 */
export const checkControls = (events: ReadonlyArray<HistoryEvent>, bounds: ControlBounds): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const commands = commandsIn(events)
  const controls = new ControlsByProcess()
  events.forEach((event, index) => {
    if (event.type === "ordered" || event.type === "effect") {
      const report = (rule: string, detail: string) => found.push({ rule, at: event.at, event: index, detail })
      const command = commands.get(commandOfIntent(event.intent))
      if (command === undefined)
        report("order_of_nobody", `${event.what} of ${event.intent}, which no command asks for`)
      else {
        const what = `${event.what} of ${event.intent} (${command.ruleId})`
        const order: Order = { command, what, atMs: event.at, process: event.process }
        const broken =
          event.type === "effect"
            ? switchBroken(order, controls.broker, "applied_too_late", bounds.openingMs + bounds.arrivalMs)
            : (switchBroken(order, controls.broker, "opened_too_late", bounds.openingMs) ??
              knowinglyBroken(order, controls.of(event.process), bounds))
        if (broken !== undefined) report(broken.rule, broken.detail)
      }
    }
    controls.note(event)
  })
  return found
}

interface Order {
  readonly command: AutomationCommand
  readonly what: string
  readonly atMs: number
  readonly process: string
}

interface Broken {
  readonly rule: string
  readonly detail: string
}

const isOver = ({ sinceMs }: Since<unknown>, atMs: number, boundMs: number): boolean => atMs > sinceMs + boundMs

/** What opens exposure long after a switch forbade it. */
const switchBroken = (
  { atMs, command, what }: Order,
  known: KnownControls,
  rule: string,
  boundMs: number
): Broken | undefined => {
  if (!opensExposure(command.action)) return undefined
  const over = known.switchesOf(command.accountId, command.ruleId).find((one) => isOver(one, atMs, boundMs))
  return over === undefined ? undefined : { rule, detail: `${what}: ${over.value} since ${over.sinceMs} ms` }
}

/** What a process sends against what it has read itself. */
const knowinglyBroken = (order: Order, known: KnownControls, bounds: ControlBounds): Broken | undefined => {
  const { accountId, action, commandId, ruleId } = order.command
  const opens = opensExposure(action)
  const { atMs, process, what } = order
  const broken = (rule: string, why: string) => ({ rule, detail: `${process} sent ${what}: ${why}` })
  for (const one of known.switchesOf(accountId, ruleId))
    if ((one.value === "HALTED" || opens) && isOver(one, atMs, bounds.readMs))
      return broken("sent_against_switch", `${one.value}, read at ${one.sinceMs} ms`)
  const cancel = known.cancelOf(commandId)
  if (cancel !== undefined && isOver(cancel, atMs, bounds.readMs))
    return broken("sent_though_canceled", `withdrawn, read at ${cancel.sinceMs} ms`)
  const account = known.accountOf(accountId)
  if (account !== undefined && isOver(account, atMs, bounds.judgedMs)) {
    const most = account.value.caps?.orderQuantityUsd ?? Number.POSITIVE_INFINITY
    if (!account.value.active) return broken("sent_for_account_off", `off, read at ${account.sinceMs} ms`)
    if (opens && openedUsd(action) > most)
      return broken("sent_above_cap", `at most ${most} USD, read at ${account.sinceMs} ms`)
  }
  const rule = known.ruleOf(accountId, ruleId)
  if (rule !== undefined && isOver(rule, atMs, bounds.judgedMs)) {
    const asked = rule.value.kind === "margin_guard" ? rule.value.action : undefined
    if (!rule.value.enabled) return broken("sent_for_rule_off", `off, read at ${rule.sinceMs} ms`)
    if (asked !== undefined && asked !== action._tag)
      return broken("sent_for_rule_changed", `asks for ${asked}, read at ${rule.sinceMs} ms`)
  }
  return undefined
}

/** What an action opens, in USD. */
const openedUsd = (action: AutomationCommand["action"]): number => {
  if (action._tag === "open_position") return action.quantityUsd
  return action._tag === "reduce_position" && action.plan?._tag === "hedge" ? action.plan.quantityUsd : 0
}
