import type {
  CommandCancel,
  Control,
  Pause,
  PauseScope,
  TradingMode,
  TradingScope,
  TradingSwitch
} from "@millrace/contracts"
import { commandSubject, systemWorkspace } from "@millrace/contracts"
import { Clock, Effect } from "effect"
import type { DecidedBy, NamedCommand, OperatorCommand } from "./ControlStore.ts"
import type { AuditDetails, NewOutboxEntry } from "./Outbox.ts"

const reasoned = ({ actor, reason }: DecidedBy) => ({ actor, ...(reason === undefined ? {} : { reason }) })

/** A pause from now on. */
export const pauseNow = ({ topic, lane, worker }: PauseScope, by: DecidedBy): Effect.Effect<Pause> =>
  Effect.map(Clock.currentTimeMillis, (atMs) => ({
    _tag: "Pause",
    topic,
    ...(lane === undefined ? {} : { lane }),
    ...(worker === undefined ? {} : { worker }),
    ...reasoned(by),
    atMs
  }))

/** A kill switch from now on. */
export const switchNow = (
  { accountId, ruleId }: TradingScope,
  mode: Exclude<TradingMode, "ACTIVE">,
  by: DecidedBy
): Effect.Effect<TradingSwitch> =>
  Effect.map(Clock.currentTimeMillis, (atMs) => ({
    _tag: "TradingSwitch",
    ...(accountId === undefined ? {} : { accountId }),
    ...(ruleId === undefined ? {} : { ruleId }),
    mode,
    ...reasoned(by),
    atMs
  }))

/** A command's withdrawal from now on. */
export const cancelNow = ({ commandId, accountId }: NamedCommand, by: DecidedBy): Effect.Effect<CommandCancel> =>
  Effect.map(Clock.currentTimeMillis, (atMs) => ({
    _tag: "CommandCancel",
    commandId,
    accountId,
    ...reasoned(by),
    atMs
  }))

/** The entry that tells of a control, or of its end; `details` and what held before are for the audit log alone. */
export const controlEntry = (
  actor: string,
  key: string,
  value: Control | undefined,
  former?: Control,
  details?: AuditDetails
): NewOutboxEntry => ({
  topic: "controls",
  workspaceId: systemWorkspace,
  actor,
  key,
  value,
  ...(former === undefined ? {} : { former }),
  ...(details === undefined ? {} : { details })
})

/** The entry that sends a command anew. */
export const commandEntry = (command: OperatorCommand, workspaceId: string, reason?: string): NewOutboxEntry => ({
  topic: "automation-commands",
  workspaceId,
  accountId: command.accountId,
  actor: command.operator.actor,
  key: `${command.accountId}/${commandSubject(command)}`,
  value: command,
  ...(reason === undefined ? {} : { details: { reason } })
})

/** What the audit log says of a switch that was replaced or lifted. */
export const formerly = (former: TradingSwitch | undefined, reason?: string): AuditDetails => ({
  formerMode: former?.mode ?? "ACTIVE",
  ...(former === undefined ? {} : { formerActor: former.actor, formerAtMs: former.atMs }),
  ...(reason === undefined ? {} : { reason })
})
