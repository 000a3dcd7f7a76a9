import type { AuditDetails, NewOutboxEntry } from "./Outbox.ts"

/** The entry that tells the audit log of a change of a user, token or workspace. */
export const auditedChange = (
  where: { readonly workspaceId: string; readonly actor: string; readonly key: string },
  action: string,
  figures: { readonly before?: AuditDetails; readonly after?: AuditDetails }
): NewOutboxEntry => ({ topic: "audit-log", ...where, value: { action, ...figures } })
