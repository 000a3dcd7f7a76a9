import { Schema } from "effect"
import { EpochMs, Id } from "./Fields.ts"

/** Who did what, when. Topic `audit-log`, key: workspace id. */
export const AuditEntry = Schema.Struct({
  auditId: Schema.String,
  workspaceId: Id,
  /** A user id, or the name of the worker that acted. */
  actor: Schema.String,
  /** For example `margin_guard_executed`. */
  action: Schema.String,
  accountId: Schema.optionalKey(Id),
  automationId: Schema.optionalKey(Id),
  positionId: Schema.optionalKey(Id),
  commandId: Schema.optionalKey(Schema.String),
  /** The figures the action was taken on, and what it changed. */
  details: Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])),
  atMs: EpochMs
})
export type AuditEntry = typeof AuditEntry.Type
