import { type AuditEntry, accountHistory, accountState, auditLog, deterministicId } from "@millrace/contracts"
import { type Outgoing, outgoing } from "@millrace/runtime"
import type { OutboxEntry } from "@millrace/store"

/**
 * Returns the records of outbox entries, in their order: each to account-state and, with its actor, to audit-log; each that
 * has a value to account-history as well. The same entry always gives the same records.
 */
export const relayRecords = (entries: ReadonlyArray<OutboxEntry>): ReadonlyArray<Outgoing> =>
  entries.flatMap((entry) => {
    const { accountId, key, value, workspaceId } = entry
    return [
      outgoing(accountState, { key, value: value ?? null, workspaceId }),
      ...(value === undefined ? [] : [outgoing(accountHistory, { key: accountId, value, workspaceId })]),
      outgoing(auditLog, { key: workspaceId, value: auditOf(entry), workspaceId })
    ]
  })

const auditOf = (entry: OutboxEntry): AuditEntry => ({
  auditId: deterministicId("outbox", entry.workspaceId, entry.seq, entry.key),
  workspaceId: entry.workspaceId,
  actor: entry.actor,
  action: actionOf(entry),
  accountId: entry.accountId,
  ...(entry.value?._tag === "Rule" ? { automationId: entry.value.ruleId } : {}),
  details: { key: entry.key, ...figuresOf(entry.value) },
  atMs: entry.atMs
})

const actionOf = ({ key, value }: OutboxEntry): string => {
  const kind = key.slice(0, key.indexOf("/"))
  return value === undefined ? `${kind}_removed` : `${kind}_stored`
}

/** The fields that decide what the automation does. */
const figuresOf = (value: OutboxEntry["value"]): AuditEntry["details"] => {
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
      return {
        version: value.version,
        enabled: value.enabled,
        dryRun: value.dryRun,
        action: value.action,
        metric: value.metric,
        threshold: value.threshold,
        ...(value.addMarginAmountSats === undefined ? {} : { addMarginAmountSats: value.addMarginAmountSats })
      }
    default:
      return {}
  }
}
