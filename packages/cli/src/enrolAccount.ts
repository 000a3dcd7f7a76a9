import type { Account } from "@millrace/contracts"
import type { Enrolment } from "@millrace/desk"

/** The verdict as lines for people. */
export const enrolmentLines = (account: Account, { accepted, identity, refusals, warnings }: Enrolment) => [
  accepted
    ? `accepted: ${account.accountId} is ${identity?.username} at the exchange (${account.network}), balance ${identity?.balanceSats} sats`
    : `refused: ${account.accountId}`,
  ...(identity?.permissions === undefined ? [] : [`rights: ${identity.permissions.join(", ") || "none"}`]),
  ...refusals.map((one) => `! ${one}`),
  ...warnings.map((one) => `~ ${one}`)
]
