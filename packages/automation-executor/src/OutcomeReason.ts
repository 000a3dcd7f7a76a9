import type { OutcomeStatus } from "@millrace/contracts"

/** Every reason an outcome can give, with its status and what the user is told. */
export const outcomeReasons = {
  done: { status: "completed", text: "The order was carried out." },
  dry_run: { status: "completed", text: "Dry run: nothing was sent to the exchange." },
  account_inactive: { status: "refused", text: "The account is switched off." },
  workspace_mismatch: { status: "refused", text: "The command and its account belong to different workspaces." },
  rule_disabled: { status: "refused", text: "The rule is switched off or gone." },
  rule_changed: { status: "refused", text: "The rule now asks for another action than the one decided on." },
  condition_cleared: { status: "refused", text: "The rule's condition no longer holds for the position as it is now." },
  position_closed: { status: "refused", text: "The position was closed before." },
  position_liquidated: { status: "refused", text: "The exchange had liquidated the position before." },
  position_unknown: { status: "refused", text: "The exchange does not know the position." },
  position_blocked: {
    status: "refused",
    text: "An earlier action on this position has no known result yet; nothing is sent before that is settled."
  },
  revision_superseded: { status: "refused", text: "An action was applied after this one was decided." },
  insufficient_balance: { status: "refused", text: "The account's balance does not cover the amount." },
  reduce_unsupported_for_isolated_trade: {
    status: "refused",
    text: "The exchange can't close a part of an isolated trade. Choose close_position or add_margin in the rule."
  },
  credentials_missing: { status: "failed", text: "The account has no usable exchange credentials." },
  credentials_rejected: { status: "failed", text: "The exchange refused the account's credentials." },
  exchange_refused: { status: "failed", text: "The exchange refused the order." },
  ambiguous_read_back: {
    status: "unknown",
    text: "The exchange's reply was lost, and the position does not show whether the order was carried out."
  },
  not_applied_in_time: {
    status: "refused",
    text: "The order had not reached the exchange and is too old to be sent again."
  }
} as const satisfies Readonly<Record<string, { readonly status: OutcomeStatus; readonly text: string }>>

export type OutcomeReason = keyof typeof outcomeReasons
