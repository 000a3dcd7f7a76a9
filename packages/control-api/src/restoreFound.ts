import type { ControlsHeartbeat } from "@millrace/contracts"
import type { Restore, StoreMark } from "@millrace/store"

/**
 * Whether PostgreSQL holds less than Kafka was told; undefined: it does not, or nothing was ever told.
 *
 * `told` is the last heartbeat as it was known before `found` was committed, so that a healthy database is always ahead.
 */
export const restoreFound = (
  told: ControlsHeartbeat | undefined,
  found: StoreMark,
  nowMs: number
): Restore | undefined => {
  if (told?.storeMark === undefined) return undefined
  const missing = { foundAtMs: nowMs, missingFromMs: found.formerAtMs, missingToMs: nowMs }
  if (told.storeId !== undefined && told.storeId !== found.storeId) {
    const reason = `PostgreSQL is another cluster (${found.storeId}) than the one that Kafka was told of (${told.storeId})`
    return { reason, ...missing }
  }
  if (found.mark > told.storeMark) return undefined
  const behind = told.storeMark - found.mark + 1
  return { reason: `PostgreSQL was restored: it lies ${behind} heartbeats behind what Kafka was told`, ...missing }
}
