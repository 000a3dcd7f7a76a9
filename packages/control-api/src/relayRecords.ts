import {
  type AuditEntry,
  type AutomationCommand,
  accountHistory,
  accountState,
  auditLog,
  automationCommands,
  commandLane,
  controls,
  deterministicId,
  type Removed,
  systemWorkspace
} from "@millrace/contracts"
import { type Outgoing, outgoing } from "@millrace/runtime"
import type { AccountEntry, ControlEntry, OutboxEntry } from "@millrace/store"

/**
 * Returns the records of outbox entries, in their order: each to its topic and, with its actor, to audit-log; each change
 * of an account or rule to account-history as well, and a command that an operator sends anew to its lane. The same entry always gives the same records.
 */
export const relayRecords = (entries: ReadonlyArray<OutboxEntry>): ReadonlyArray<Outgoing> =>
  entries.flatMap((entry) => {
    const { key, workspaceId } = entry
    const audited = outgoing(auditLog, { key: workspaceId, value: auditOf(entry), workspaceId })
    if (entry.topic === "audit-log") return [audited]
    if (entry.topic === "controls")
      return [outgoing(controls, { key, value: entry.value ?? null, workspaceId: systemWorkspace }), audited]
    if (entry.topic === "automation-commands")
      return [
        outgoing(automationCommands, { key, value: entry.value, workspaceId, lane: commandLane(entry.value) }),
        audited
      ]
    const { accountId, value } = entry
    return [
      outgoing(accountState, { key, value: value ?? null, workspaceId }),
      outgoing(accountHistory, { key: accountId, value: value ?? removed(entry), workspaceId }),
      audited
    ]
  })

type StateOrControl = (AccountEntry | ControlEntry)["value"]

const removed = ({ accountId, atMs, key }: AccountEntry): Removed => ({ _tag: "Removed", accountId, key, atMs })

const auditOf = (entry: OutboxEntry): AuditEntry => ({
  auditId: deterministicId("outbox", entry.workspaceId, entry.seq, entry.key),
  workspaceId: entry.workspaceId,
  actor: entry.actor,
  action: actionOf(entry),
  ...("accountId" in entry ? { accountId: entry.accountId } : {}),
  ...aboutOf(entry),
  details: { key: entry.key, ...detailsOf(entry), ...entry.details },
  ...changedOf(entry),
  atMs: entry.atMs
})

const aboutOf = (entry: OutboxEntry): Partial<AuditEntry> => {
  if (entry.topic === "audit-log") return {}
  return entry.topic === "automation-commands" ? repeatedOf(entry.value) : subjectsOf(entry.value)
}

const detailsOf = (entry: OutboxEntry): AuditEntry["details"] => {
  if (entry.topic === "audit-log") return {}
  if (entry.topic !== "automation-commands") return figuresOf(entry.value)
  const { action, operator, positionRevision } = entry.value
  return { action: action._tag, repeats: operator?.commandId ?? "", positionRevision }
}

/** What was there before, and what is there now. */
const changedOf = (entry: OutboxEntry): Pick<AuditEntry, "before" | "after"> => {
  const { action: _, ...figures } =
    entry.topic === "audit-log"
      ? entry.value
      : { action: "", ...plainOf("before", entry.former), ...plainOf("after", entry.value) }
  return figures
}

const plainOf = (name: "before" | "after", value: object | undefined) =>
  value === undefined ? {} : { [name]: { ...scalarsOf(value), ...capsOf(value) } }

const capsOf = (value: object): AuditEntry["details"] =>
  "caps" in value && typeof value.caps === "object" && value.caps !== null
    ? Object.fromEntries(Object.entries(scalarsOf(value.caps)).map(([name, limit]) => [`caps.${name}`, limit]))
    : {}

/** What an operator's command is about. */
const repeatedOf = ({ commandId, positionId, ruleId }: AutomationCommand): Partial<AuditEntry> => ({
  automationId: ruleId,
  commandId,
  ...(positionId === undefined ? {} : { positionId })
})

const actionOf = (entry: OutboxEntry): string => {
  if (entry.topic === "audit-log") return entry.value.action
  if (entry.topic === "automation-commands") return "command_repeated"
  const kind = entry.key.slice(0, entry.key.indexOf("/"))
  return entry.value === undefined ? `${kind}_removed` : `${kind}_stored`
}

/** Which account, rule and command the audit entry is about. */
const subjectsOf = (value: StateOrControl): Partial<AuditEntry> => {
  switch (value?._tag) {
    case "Rule":
      return { automationId: value.ruleId }
    case "TradingSwitch":
      return {
        ...(value.accountId === undefined ? {} : { accountId: value.accountId }),
        ...(value.ruleId === undefined ? {} : { automationId: value.ruleId })
      }
    case "CommandCancel":
      return { accountId: value.accountId, commandId: value.commandId }
    default:
      return {}
  }
}

/** The fields that decide what the automation does. */
const figuresOf = (value: StateOrControl): AuditEntry["details"] => {
  switch (value?._tag) {
    case "Account":
      return {
        version: value.version,
        active: value.active,
        network: value.network,
        warningThreshold: value.warningThreshold,
        criticalThreshold: value.criticalThreshold
      }
    case "Rule":
      return scalarsOf(value)
    case "TradingSwitch":
    case "CommandCancel":
      return scalarsOf(value)
    case "Pause":
      return {
        topic: value.topic,
        ...(value.lane === undefined ? {} : { lane: value.lane }),
        ...(value.worker === undefined ? {} : { worker: value.worker }),
        ...(value.reason === undefined ? {} : { reason: value.reason })
      }
    default:
      return {}
  }
}

/** The fields that are plain values: what the audit log shows of a rule or a switch. */
const scalarsOf = (value: object): AuditEntry["details"] =>
  Object.fromEntries(
    Object.entries(value).filter(
      ([name, field]) => name !== "_tag" && ["string", "number", "boolean"].includes(typeof field)
    )
  )
