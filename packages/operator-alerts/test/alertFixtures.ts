import type { AlertNotice, ToldAlert } from "@millrace/contracts"

/** An alert of a rule `dead-letters`. */
export const toldAlert = (changes: Partial<ToldAlert> = {}): ToldAlert => ({
  rule: "dead-letters",
  subject: "automation-commands",
  workspaceId: "system",
  severity: "warning",
  detail: "1 open, 0 quarantined",
  firingSinceMs: 1_700_000_000_000,
  ...changes
})

/** A message of one alert that fires. */
export const notice = (changes: Partial<AlertNotice> = {}): AlertNotice => ({
  noticeId: "0123456789abcdef0123456789abcdef",
  kind: "firing",
  rule: "dead-letters",
  workspaceId: "system",
  severity: "warning",
  title: "Dead letters wait for somebody",
  whatToDo: "millrace dlq list, then replay, edit or purge them.",
  firing: [toldAlert()],
  resolved: [],
  more: 0,
  atMs: 1_700_000_075_000,
  ...changes
})
