import { Schema } from "effect"
import { EpochMs, Id } from "./Fields.ts"

/** Something a user is told. Topic `notifications`, key: user id; lane `critical` for margin alerts. */
export const Notification = Schema.Struct({
  /** Deterministic, so that a repeat is seen as one. */
  notificationId: Schema.String,
  userId: Id,
  accountId: Schema.optionalKey(Id),
  /** `exchange_alert`: its figures differ from ours, or it is out of reach. `guarding_alert`: positions are not evaluated. */
  kind: Schema.Literals(["margin_alert", "automation_outcome", "exchange_alert", "guarding_alert"]),
  level: Schema.Literals(["critical", "warning", "info"]),
  title: Schema.String,
  body: Schema.String,
  /** What it is about: a command or margin event id. */
  subjectId: Schema.String,
  createdAtMs: EpochMs
})
export type Notification = typeof Notification.Type
