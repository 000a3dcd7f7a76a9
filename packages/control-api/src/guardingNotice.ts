import { deterministicId, type Notification, notifications } from "@millrace/contracts"
import { type Outgoing, outgoing } from "@millrace/runtime"
import type { Unguarded } from "./GuardWatch.ts"

/** What the user of an account is told while nobody evaluates its positions. */
export const guardingNotice = (account: Unguarded, nowMs: number): Outgoing => {
  const { accountId, because, name, positions, sinceMs, userId, workspaceId } = account
  const subjectId = deterministicId("guarding", accountId, String(sinceMs))
  const cause = because === "no_ticks" ? "no price has come" : "no monitor has evaluated them"
  const seconds = Math.round((nowMs - sinceMs) / 1000)
  const value: Notification = {
    notificationId: deterministicId("notification", subjectId),
    userId,
    accountId,
    kind: "guarding_alert",
    level: "critical",
    title: `${name}: ${positions} open ${positions === 1 ? "position is" : "positions are"} not protected`,
    body: `For ${seconds} s ${cause}. Until that is over no rule acts. By hand: close positions, add margin or set stop losses at the exchange.`,
    subjectId,
    createdAtMs: nowMs
  }
  return outgoing(notifications, { key: userId, value, workspaceId, lane: "critical" })
}
