import type {
  Account,
  AccountState,
  AutomationCommand,
  Decision,
  MarginEvent,
  Notification,
  Position,
  Rule,
  TradeOutcome
} from "@millrace/contracts"

/** A command of the run and, once it is known, its outcome. */
export interface RunCommand {
  readonly command: AutomationCommand
  readonly outcome: TradeOutcome | undefined
}

/**
 * What a run has shown on its topics so far, kept by plain functions: records arrive in any order across topics and
 * may be repeated, the last outcome of a command wins.
 */
export interface RunState {
  readonly accounts: Map<string, Account>
  readonly rules: Map<string, Rule>
  readonly positions: Map<string, Position>
  readonly commands: Map<string, RunCommand>
  readonly outcomesWithoutCommand: Map<string, TradeOutcome>
  /** Every change of reason, by its id, in the order of arrival. */
  readonly decisions: Map<string, Decision>
  /** The newest of each rule and subject, by `standingKey`. */
  readonly standing: Map<string, Decision>
  readonly marginEventIds: Set<string>
  readonly levels: Map<string, MarginEvent>
  /** Newest last, at most `recentLimit`. */
  readonly notifications: Array<Notification>
}

const recentLimit = 50

export const makeRunState = (): RunState => ({
  accounts: new Map(),
  rules: new Map(),
  positions: new Map(),
  commands: new Map(),
  outcomesWithoutCommand: new Map(),
  decisions: new Map(),
  standing: new Map(),
  marginEventIds: new Set(),
  levels: new Map(),
  notifications: []
})

export const applyAccountState = (state: RunState, value: AccountState): void => {
  switch (value._tag) {
    case "Account":
      state.accounts.set(value.accountId, value)
      return
    case "Rule":
      state.rules.set(value.ruleId, value)
      return
    case "Position":
      state.positions.set(value.positionId, value)
  }
}

export const applyCommand = (state: RunState, command: AutomationCommand): void => {
  const outcome = state.commands.get(command.commandId)?.outcome ?? state.outcomesWithoutCommand.get(command.commandId)
  state.outcomesWithoutCommand.delete(command.commandId)
  state.commands.set(command.commandId, { command, outcome })
}

export const applyOutcome = (state: RunState, outcome: TradeOutcome): void => {
  const known = state.commands.get(outcome.commandId)
  const before = known?.outcome ?? state.outcomesWithoutCommand.get(outcome.commandId)
  // An instance that was cut off may tell late that a command waits.
  if (outcome.status === "pending" && before !== undefined) return
  if (known === undefined) state.outcomesWithoutCommand.set(outcome.commandId, outcome)
  else state.commands.set(outcome.commandId, { command: known.command, outcome })
}

/** A rule together with what it is about: a position, or (an entry) nothing. */
export const standingKey = ({ positionId, ruleId }: Pick<Decision, "positionId" | "ruleId">): string =>
  `${ruleId}/${positionId ?? "*"}`

/** False: it was known. */
export const applyDecision = (state: RunState, decision: Decision): boolean => {
  if (state.decisions.has(decision.decisionId)) return false
  state.decisions.set(decision.decisionId, decision)
  state.standing.set(standingKey(decision), decision)
  return true
}

const acting: ReadonlySet<string> = new Set(["fired", "command_outstanding", "already_acted"])

/** Something keeps the rule from acting: its reason is neither that it acts, nor that it has done all it may. */
export const isWaiting = ({ positionId, reason, untilMs }: Decision): boolean => {
  const isSpentEntry = positionId === undefined && reason === "max_actions" && untilMs === undefined
  return !acting.has(reason) && !isSpentEntry
}

export const applyMarginEvent = (state: RunState, event: MarginEvent): void => {
  state.marginEventIds.add(event.eventId)
  state.levels.set(event.positionId, event)
}

export const applyNotification = (state: RunState, notification: Notification): void => {
  if (state.notifications.some((known) => known.notificationId === notification.notificationId)) return
  state.notifications.push(notification)
  if (state.notifications.length > recentLimit) state.notifications.shift()
}

/** Commands decided that have no final outcome yet; `pending` and `unknown` are not final. */
export const openCommands = (state: RunState): ReadonlyArray<AutomationCommand> =>
  [...state.commands.values()]
    .filter(({ outcome }) => outcome === undefined || outcome.status === "pending")
    .map(({ command }) => command)
