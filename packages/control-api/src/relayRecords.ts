import { accountHistory, accountState } from "@millrace/contracts"
import { type Outgoing, outgoing } from "@millrace/runtime"
import type { OutboxEntry } from "@millrace/store"

/**
 * Returns the records of outbox entries, in their order: each to account-state, each that has a value to account-history
 * as well. The same entry always gives the same records.
 */
export const relayRecords = (entries: ReadonlyArray<OutboxEntry>): ReadonlyArray<Outgoing> =>
  entries.flatMap(({ accountId, key, value, workspaceId }) =>
    value === undefined
      ? [outgoing(accountState, { key, value: null, workspaceId })]
      : [
          outgoing(accountState, { key, value, workspaceId }),
          outgoing(accountHistory, { key: accountId, value, workspaceId })
        ]
  )
