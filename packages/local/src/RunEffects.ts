import type { AutomationCommand } from "@millrace/contracts"
import type { RunCommand } from "./RunState.ts"

/** An order as the simulator received and applied it. */
export interface SeenEffect {
  readonly accountId: string
  /** The exchange's id of the trade, or of what else the order is about. */
  readonly tradeId: string
  readonly action: string
  readonly receivedAtMs: number
  /** Market time at which it was applied. */
  readonly marketTimeMs: number
}

/** Orders on cross margin: they are counted for the account, as its one position has no trades. */
const crossActions: ReadonlySet<string> = new Set(["cross_order", "close_cross_position", "cross_deposit"])

/** Sets what an order then uses, and moves nothing by itself. */
const settings: ReadonlySet<string> = new Set(["set_cross_leverage"])

/** What an order did, comparable with `effectsAsked`; undefined: nothing that may happen once only. */
export const effectKey = ({ accountId, action, tradeId }: SeenEffect): string | undefined =>
  settings.has(action) ? undefined : keyOf(crossActions.has(action) ? accountId : tradeId, action)

const keyOf = (subject: string, action: string): string => `${subject} ${action}`

/** The effects that a command asks for, under the simulator's names; of one that opens, as its outcome names it. */
export const effectsAsked = ({ command, outcome }: RunCommand): ReadonlyArray<string> => {
  const { accountId, action, marginMode, positionId } = command
  const opened = outcome?.effectId === undefined ? [] : [keyOf(outcome.effectId, "new_trade")]
  switch (action._tag) {
    case "open_position":
      // What the order lacks of its margin is paid in first.
      return action.marginMode === "cross"
        ? ["cross_order", "cross_deposit"].map((name) => keyOf(accountId, name))
        : opened
    case "reduce_position":
      return reductionsAsked(command, opened)
    case "close_position":
      return [marginMode === "cross" ? keyOf(accountId, "close_cross_position") : keyOf(positionId ?? "", action._tag)]
    case "add_margin":
      return [marginMode === "cross" ? keyOf(accountId, "cross_deposit") : keyOf(positionId ?? "", action._tag)]
    default:
      return [keyOf(positionId ?? "", action._tag)]
  }
}

const reductionsAsked = ({ accountId, action }: AutomationCommand, opened: ReadonlyArray<string>) => {
  const plan = action._tag === "reduce_position" ? action.plan : undefined
  switch (plan?._tag) {
    case "close_trades":
      return plan.trades.map(({ positionId }) => keyOf(positionId, "close_position"))
    case "hedge":
      return opened
    case "cross_order":
      return [keyOf(accountId, "cross_order")]
    case undefined:
      return []
  }
}
