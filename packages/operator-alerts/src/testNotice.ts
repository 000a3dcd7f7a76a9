import { type AlertNotice, deterministicId, systemWorkspace } from "@millrace/contracts"

/** What `millrace alerts test` sends; `nonce` makes its id. */
export const testNotice = (nowMs: number, nonce: string): AlertNotice => ({
  noticeId: deterministicId("operator-alert", "test", nonce),
  kind: "test",
  rule: "test",
  workspaceId: systemWorkspace,
  severity: "warning",
  title: "This is a test: messages of Millrace reach you here",
  whatToDo: "Nothing: somebody tries the channels with millrace alerts test.",
  firing: [],
  resolved: [],
  more: 0,
  atMs: nowMs
})
