import {
  type Account,
  type CommandAction,
  deterministicId,
  type MarginEvent,
  type MarginFigures,
  type Notification,
  type Position
} from "@millrace/contracts"

/** The words users get from the monitor. Ids follow the subject, so that a repeat is seen as one. */

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

const figuresText = (figures: MarginFigures): string =>
  `margin lost ${percent(figures.marginLoss)}, exchange's margin ratio ${percent(figures.exchangeMarginRatio)}, ` +
  `distance to liquidation ${percent(figures.distanceToLiquidation)}, P&L ${figures.pnlSats} sats`

const nameOf = (position: Position): string =>
  `${position.side === "buy" ? "long" : "short"} of ${position.quantityUsd} USD (${position.positionId})`

const actionText = (action: CommandAction): string => {
  switch (action._tag) {
    case "close_position":
      return "close the position"
    case "reduce_position":
      return `reduce the position by ${action.reducePercentage} %`
    case "add_margin":
      return `add ${action.amountSats} sats of margin`
  }
}

interface Notice {
  readonly account: Account
  readonly kind: Notification["kind"]
  readonly level: Notification["level"]
  readonly subject: string
  readonly what: string
  readonly title: string
  readonly body: string
  readonly nowMs: number
}

const notice = (from: Notice): Notification => ({
  notificationId: deterministicId("notification", from.what, from.subject),
  userId: from.account.userId,
  accountId: from.account.accountId,
  kind: from.kind,
  level: from.level,
  title: from.title,
  body: from.body,
  subjectId: from.subject,
  createdAtMs: from.nowMs
})

/** The margin level of a position rose. */
export const levelNotice = (account: Account, position: Position, event: MarginEvent): Notification =>
  notice({
    account,
    kind: "margin_alert",
    level: event.level === "critical" ? "critical" : "warning",
    subject: event.eventId,
    what: "level",
    title: `${account.name}: margin ${event.level}`,
    body: `Your ${nameOf(position)} at ${event.priceUsd} USD: ${figuresText(event.figures)}.`,
    nowMs: event.decidedAtMs
  })

interface Fired {
  readonly commandId: string
  readonly action: CommandAction
  readonly dryRun: boolean
  readonly figures: MarginFigures
  readonly priceUsd: number
  readonly nowMs: number
}

/** A guard fired; tells of dry runs as such. */
export const firedNotice = (account: Account, position: Position, fired: Fired): Notification =>
  notice({
    account,
    kind: "margin_alert",
    level: fired.dryRun ? "info" : "critical",
    subject: fired.commandId,
    what: "fired",
    title: `${account.name}: margin guard ${fired.dryRun ? "would act (dry run)" : "acts"}`,
    body: `Decided to ${actionText(fired.action)}: ${nameOf(position)} at ${fired.priceUsd} USD, ${figuresText(fired.figures)}.`,
    nowMs: fired.nowMs
  })

/** Protection did not come about; the user must look, and is told what to do by hand. */
export const unguardedNotice = (
  account: Account,
  position: Position,
  trouble: { readonly subject: string; readonly what: string; readonly why: string; readonly nowMs: number }
): Notification =>
  notice({
    account,
    kind: "margin_alert",
    level: "critical",
    subject: trouble.subject,
    what: trouble.what,
    title: `${account.name}: a position is not protected`,
    body:
      `The guard of your ${nameOf(position)} could not act: ${trouble.why}. ` +
      "Close it or add margin by hand at the exchange if you want to be safe.",
    nowMs: trouble.nowMs
  })
