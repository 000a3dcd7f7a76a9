import type { OutcomeStatus } from "@millrace/contracts"
import type { CapName } from "@millrace/store"

/** Every reason an outcome can give, with its status and what the user is told. */
export const outcomeReasons = {
  done: { status: "completed", text: "The order was carried out." },
  partly_done: { status: "completed", text: "Only a part of the reduction could be carried out." },
  dry_run: { status: "completed", text: "Dry run: nothing was sent to the exchange." },
  settled_applied: { status: "completed", text: "An operator found that the order had been carried out." },
  account_inactive: { status: "refused", text: "The account is switched off." },
  account_not_armed: {
    status: "refused",
    text: "The account trades on mainnet and is not armed; nothing is sent before it is."
  },
  workspace_mismatch: { status: "refused", text: "The command and its account belong to different workspaces." },
  canceled_by_operator: { status: "refused", text: "An operator withdrew the command." },
  halted: { status: "refused", text: "Trading is halted by the kill switch." },
  reduce_only: { status: "refused", text: "The kill switch lets nothing be opened." },
  controls_unreadable: { status: "refused", text: "The kill switches can't be read; nothing is opened meanwhile." },
  rule_disabled: { status: "refused", text: "The rule is switched off or gone." },
  rule_changed: { status: "refused", text: "The rule now asks for another action than the one decided on." },
  expired: { status: "refused", text: "The command is too old to be carried out." },
  condition_cleared: { status: "refused", text: "The rule's condition no longer holds for the position as it is now." },
  position_closed: { status: "refused", text: "The position was closed before." },
  position_liquidated: { status: "refused", text: "The exchange had liquidated the position before." },
  position_unknown: { status: "refused", text: "The exchange does not know the position." },
  position_blocked: {
    status: "refused",
    text: "An earlier action on this position has no known result yet; nothing is sent before that is settled."
  },
  revision_superseded: { status: "refused", text: "An action was applied after this one was decided." },
  plan_outdated: { status: "refused", text: "The position changed since the reduction was planned." },
  cap_order_quantity: { status: "refused", text: "The order is larger than the account's cap of one order." },
  cap_hour_quantity: { status: "refused", text: "With it the account would open more within an hour than its cap." },
  cap_hour_orders: { status: "refused", text: "The account has opened as often within an hour as its cap allows." },
  cap_add_margin: { status: "refused", text: "The margin is more than the account's cap of one payment." },
  cap_hour_add_margin: {
    status: "refused",
    text: "With it the account would add more margin within an hour than its cap."
  },
  insufficient_balance: { status: "refused", text: "The account's balance does not cover the amount." },
  cross_leverage_differs: {
    status: "refused",
    text: "The account has a cross position with another leverage, which an entry does not change."
  },
  unsupported_for_cross: { status: "refused", text: "The exchange has no such action for cross margin." },
  reduce_unsupported_for_isolated_trade: {
    status: "refused",
    text: "The exchange can't close a part of an isolated trade, and no other way was planned. Name a strategy in the rule."
  },
  credentials_missing: { status: "failed", text: "The account has no usable exchange credentials." },
  credentials_rejected: { status: "failed", text: "The exchange refused the account's credentials." },
  exchange_refused: { status: "failed", text: "The exchange refused the order." },
  ambiguous_read_back: {
    status: "unknown",
    text: "The exchange's reply was lost, and what it shows does not tell whether the order was carried out."
  },
  not_applied_in_time: {
    status: "refused",
    text: "The order had not reached the exchange and is too old to be sent again."
  },
  settled_not_applied: { status: "refused", text: "An operator found that the order had not been carried out." },
  not_sent: { status: "refused", text: "Nothing was sent for it." }
} as const satisfies Readonly<Record<string, { readonly status: OutcomeStatus; readonly text: string }>>

export type OutcomeReason = keyof typeof outcomeReasons

/** The position is gone, or another action has just been applied: there is nothing left to do by hand. */
export const leavesNothingToDo: ReadonlySet<string> = new Set<OutcomeReason>([
  "position_closed",
  "position_liquidated",
  "revision_superseded",
  "condition_cleared",
  "canceled_by_operator",
  "settled_not_applied"
])

/** The reason of an order that would exceed a cap. */
export const capReasons: Readonly<Record<CapName, OutcomeReason>> = {
  orderQuantityUsd: "cap_order_quantity",
  hourQuantityUsd: "cap_hour_quantity",
  hourOrders: "cap_hour_orders",
  addMarginSats: "cap_add_margin",
  hourAddMarginSats: "cap_hour_add_margin"
}
