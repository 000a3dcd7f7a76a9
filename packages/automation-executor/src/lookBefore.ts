import { type CommandAction, commandSubject } from "@millrace/contracts"
import type { AccountSession, ExchangeError } from "@millrace/exchange"
import { crossEntryShortfallSats } from "@millrace/trading"
import { Effect } from "effect"
import type { CommandContext } from "./CommandContext.ts"
import type { OutcomeReason } from "./OutcomeReason.ts"
import { endOf } from "./tradeEnd.ts"

export type Looked =
  | { readonly _tag: "Proceed"; readonly context: CommandContext }
  | { readonly _tag: "Refuse"; readonly reason: OutcomeReason }

const proceed = (context: CommandContext): Effect.Effect<Looked> => Effect.succeed({ _tag: "Proceed", context })
const refuse = (reason: OutcomeReason): Looked => ({ _tag: "Refuse", reason })

/**
 * Reads from the exchange what a command needs to know before it is sent and the tables do not say: a position that they
 * do not hold, what was cashed in so far, the leverage of a cross position that an entry would join and the margin that it
 * needs there. Most commands need nothing of it: protection must not queue behind reads.
 */
export const lookBefore = (
  context: CommandContext,
  session: AccountSession,
  isHeld: boolean
): Effect.Effect<Looked, ExchangeError> => {
  const { action, marginMode, positionId } = context.command
  if (action._tag === "open_position") {
    // Planned by an earlier delivery: what it has sent shows in the position, so that it is not reckoned anew.
    const isPlanned = action.marginMode === "isolated" || context.crossMarginSats !== undefined
    return isPlanned ? proceed(context) : lookAtMargin(context, session, action)
  }
  if (isHeld && action._tag !== "cash_in") return proceed(context)
  if (positionId === undefined) return Effect.succeed(refuse("position_unknown"))
  return marginMode === "cross" ? lookAtCross(context, session) : lookAtTrade(context, session)
}

const lookAtTrade = (context: CommandContext, session: AccountSession) =>
  Effect.map(session.findTrade(commandSubject(context.command)), (trade): Looked => {
    const end = endOf(trade)
    if (trade === undefined || end !== undefined) return refuse(end ?? "position_unknown")
    const { cashedInSats, entryPriceUsd, marginSats, quantityUsd, side } = trade
    const before = { side, quantityUsd, entryPriceUsd, ...(cashedInSats === undefined ? {} : { cashedInSats }) }
    return { _tag: "Proceed", context: { ...context, marginBeforeSats: marginSats, before } }
  })

/** The exchange's one cross position says nothing of which of ours it is: what the table does not hold is not acted on. */
const lookAtCross = (_: CommandContext, session: AccountSession) =>
  Effect.map(session.crossPosition, ({ quantityUsd }) =>
    refuse(quantityUsd === 0 ? "position_closed" : "position_unknown")
  )

const lookAtMargin = (
  context: CommandContext,
  session: AccountSession,
  action: Extract<CommandAction, { readonly _tag: "open_position" }>
) =>
  Effect.map(session.crossPosition, (position): Looked => {
    if (position.quantityUsd > 0 && position.leverage !== action.leverage) return refuse("cross_leverage_differs")
    const priceUsd = (action.orderType === "limit" ? action.priceUsd : undefined) ?? context.command.priceUsd
    const crossMarginSats = crossEntryShortfallSats(position, { ...action, priceUsd })
    return { _tag: "Proceed", context: { ...context, crossMarginSats } }
  })
