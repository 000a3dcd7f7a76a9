import {
  type Account,
  type AutomationCommand,
  deterministicId,
  type MarginEvent,
  type MarginFigures,
  type Notification,
  type Position
} from "@millrace/contracts"
import { isProtection } from "@millrace/trading"
import { actionText, nameOf, percent, ruleText } from "./noticeWords.ts"
import type { WatchedRule } from "./WatchedRule.ts"

/** What users get from the monitor. Ids follow the subject, so that a repeat is seen as one. */

/** A notification, and how urgent it is. */
export interface Notice {
  readonly lane: "critical" | "normal"
  readonly value: Notification
}

interface From {
  readonly account: Account
  readonly level: Notification["level"]
  readonly subject: string
  readonly what: string
  readonly title: string
  readonly body: string
  readonly nowMs: number
}

const notice = (from: From): Notice => ({
  lane: from.level === "critical" ? "critical" : "normal",
  value: {
    notificationId: deterministicId("notification", from.what, from.subject),
    userId: from.account.userId,
    accountId: from.account.accountId,
    kind: "margin_alert",
    level: from.level,
    title: `${from.account.name}: ${from.title}`,
    body: from.body,
    subjectId: from.subject,
    createdAtMs: from.nowMs
  }
})

const figuresText = (figures: MarginFigures): string =>
  `margin lost ${percent(figures.marginLoss)}, exchange's margin ratio ${percent(figures.exchangeMarginRatio)}, ` +
  `distance to liquidation ${percent(figures.distanceToLiquidation)}, P&L ${figures.pnlSats} sats`

/** The margin level of a position rose. */
export const levelNotice = (account: Account, position: Position, event: MarginEvent): Notice =>
  notice({
    account,
    level: event.level === "critical" ? "critical" : "warning",
    subject: event.eventId,
    what: "level",
    title: `margin ${event.level}`,
    body: `Your ${nameOf(position)} at ${event.priceUsd} USD: ${figuresText(event.figures)}.`,
    nowMs: event.decidedAtMs
  })

/** A rule fired; tells of dry runs, and of prices that are not fresh, as such. */
export const firedNotice = (account: Account, watched: WatchedRule, command: AutomationCommand): Notice => {
  const { action, dryRun, figures, priceStale, priceUsd } = command
  const subject = watched._tag === "Pair" ? `: ${nameOf(watched.owner.position)}` : ""
  const shown = figures === undefined ? "" : `, ${shownFigures(watched, figures)}`
  const stale = priceStale === true ? " The price was not a fresh one; the rule acts all the same." : ""
  return notice({
    account,
    level: dryRun || watched.rule.kind !== "margin_guard" ? "info" : "critical",
    subject: command.commandId,
    what: "fired",
    title: `${ruleText(watched.rule)} ${dryRun ? "would act (dry run)" : "acts"}`,
    body: `Decided to ${actionText(action)}${subject} at ${priceUsd} USD${shown}.${stale}`,
    nowMs: command.decidedAtMs
  })
}

const shownFigures = (watched: WatchedRule, figures: MarginFigures): string =>
  watched.rule.kind === "margin_guard"
    ? figuresText(figures)
    : `return on margin ${(figures.returnOnMarginPercent ?? 0).toFixed(1)} %, P&L ${figures.pnlSats} sats`

/** A rule did not bring about what it is for; the user must look, and is told what to do by hand. */
export const troubleNotice = (
  account: Account,
  watched: WatchedRule,
  trouble: { readonly subject: string; readonly what: string; readonly why: string; readonly nowMs: number }
): Notice =>
  notice({
    account,
    level: isProtection(watched.rule) ? "critical" : "warning",
    ...trouble,
    title: isProtection(watched.rule)
      ? "a position is not protected"
      : `${ruleText(watched.rule)} needs your attention`,
    body: `${subjectText(watched)}: ${trouble.why}. ${byHand(watched)}`
  })

const subjectText = (watched: WatchedRule): string =>
  watched._tag === "Pair"
    ? `The ${ruleText(watched.rule)} of your ${nameOf(watched.owner.position)}`
    : `The ${ruleText(watched.rule)} to ${watched.rule.side} ${watched.rule.quantityUsd} USD (${watched.rule.ruleId})`

const byHand = ({ rule }: WatchedRule): string => {
  switch (rule.kind) {
    case "margin_guard":
      return "Close it or add margin by hand at the exchange if you want to be safe."
    case "tp_sl":
      return rule.action === "close_tp" || rule.action === "close_sl"
        ? "Close it by hand at the exchange if you want that now."
        : "Make the change by hand at the exchange if you want it now."
    case "auto_entry":
      return "Look at the exchange whether a position was opened before you open one by hand."
  }
}
