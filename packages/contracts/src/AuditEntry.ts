import { Schema } from "effect"
import { EpochMs, Id } from "./Fields.ts"

const Figures = Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite, Schema.Boolean]))

/** Who did what, when, and what it changed. Topic `audit-log`, key: workspace id. */
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
  /** The figures the action was taken on. */
  details: Figures,
  /** The plain fields of what was changed, as they were; absent: it was not there, or nothing was changed. */
  before: Schema.optionalKey(Figures),
  /** The same as they are now; absent: it is gone, or nothing was changed. */
  after: Schema.optionalKey(Figures),
  atMs: EpochMs
})
export type AuditEntry = typeof AuditEntry.Type
