import { type AuditEntry, auditLog, type Control, controls, systemWorkspace, TradingSwitch } from "@millrace/contracts"
import { Effect, Option, Schema } from "effect"
import { asOf, type KeptTable } from "./asOf.ts"
import { History } from "./History.ts"
import type { HistoryError } from "./HistoryError.ts"

const decodeSwitch = Schema.decodeUnknownOption(TradingSwitch)

/**
 * Returns the kill switches that were set at a wall time, by key. A switch counts from its record in audit-log on, which
 * control-api writes together with that in `controls`. Fails with `BeyondRetention` and `HistoryUnreadable`.
 */
export const switchesAt = Effect.fn("History.switchesAt")(function* (
  timeMs: number
): Effect.fn.Return<ReadonlyArray<TradingSwitch>, HistoryError, History> {
  const history = yield* History
  const kept: KeptTable<TradingSwitch, Control, AuditEntry> = {
    table: controls,
    history: auditLog,
    tableRow: ({ key, timestampMs, value, workspaceId }) =>
      key.startsWith("trading/")
        ? {
            key,
            value: value?._tag === "TradingSwitch" ? value : undefined,
            workspaceId,
            atMs: timestampMs,
            first: false
          }
        : undefined,
    change: ({ timestampMs, value, workspaceId }) => {
      const key = value?.details.key
      if (typeof key !== "string" || !key.startsWith("trading/")) return undefined
      const stored = Option.getOrUndefined(decodeSwitch({ _tag: "TradingSwitch", ...value?.details }))
      return { key, value: stored, workspaceId, atMs: timestampMs, first: false }
    },
    tableKey: undefined,
    historyKey: systemWorkspace
  }
  const rows = yield* asOf(history, kept, timeMs)
  return [...rows.values()].flatMap(({ value }) => (value === undefined ? [] : [value]))
})
