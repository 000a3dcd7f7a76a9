import { type AlertSilence, systemWorkspace } from "@millrace/contracts"
import { auditedChange } from "./auditedChange.ts"
import type { NewOutboxEntry } from "./Outbox.ts"

/** What audit-log tells of a silence that began, or was ended before its time. */
export const auditedSilence = (silence: AlertSilence): NewOutboxEntry => {
  const { actor, ended, fromMs, matcher, reason, silenceId, untilMs } = silence
  const where = { workspaceId: systemWorkspace, actor: ended?.actor ?? actor, key: `alert-silence/${silenceId}` }
  const figures = { ...matcher, fromMs, untilMs, actor, reason }
  return ended === undefined
    ? auditedChange(where, "alerts_silenced", { after: figures })
    : auditedChange(where, "alerts_unsilenced", { before: figures, after: { ...figures, untilMs: ended.atMs } })
}
