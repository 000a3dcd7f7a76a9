import { accountHistory, accountState, accountStateKey, type Position } from "@millrace/contracts"
import { type Outgoing, outgoing } from "@millrace/runtime"

/**
 * What a position's revision is written as: into `account-state` and `account-history`.
 *
 * An ended position's tombstone goes out right behind its last revision, in the same send.
 */
export const positionRecords = (position: Position, workspaceId: string): ReadonlyArray<Outgoing> => {
  const key = accountStateKey(position)
  const records = [
    outgoing(accountState, { key, value: position, workspaceId }),
    outgoing(accountHistory, { key: position.accountId, value: position, workspaceId })
  ]
  if (position.status === "closed") records.push(outgoing(accountState, { key, value: null, workspaceId }))
  return records
}
