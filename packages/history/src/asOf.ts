import type { TopicContract } from "@millrace/contracts"
import { Effect, Stream } from "effect"
import type { History } from "./History.ts"
import { BeyondRetention, type HistoryError } from "./HistoryError.ts"
import type { Recorded } from "./SectionCursor.ts"

/** A row of a table as a record states it; `value` undefined: it was removed. */
export interface RowState<A> {
  readonly key: string
  readonly value: A | undefined
  readonly workspaceId: string
  /** Wall time of the record. */
  readonly atMs: number
  /** The row did not exist before this record. */
  readonly first: boolean
}

/** A compacted table and the topic that keeps every change of it. */
export interface KeptTable<A, T, H> {
  readonly table: TopicContract<T>
  readonly history: TopicContract<H>
  /** Undefined: not of this table, or not wanted. */
  readonly tableRow: (record: Recorded<T>) => RowState<A> | undefined
  readonly change: (record: Recorded<H>) => RowState<A> | undefined
  /** Only rows of one account, or all. Of the table, and of the history. */
  readonly tableKey: string | undefined
  readonly historyKey: string | undefined
}

// Outline:
// 1. The table as it is now. A row that was written at or before the time, and not changed since, is what it was then.
// 2. Changes after the time. A row that began with one did not exist; what else they name must be looked up.
// 3. Those rows' last change at or before the time, backwards.

/**
 * Returns the rows that held at a wall time: what was written at that very millisecond included.
 *
 * Reads what changed since, and as far back as needed. In memory are the rows, not the records. Fails with
 * `BeyondRetention` when a row's state of that time was deleted.
 */
export const asOf = Effect.fnUntraced(function* <A, T, H>(
  history: History["Service"],
  kept: KeptTable<A, T, H>,
  timeMs: number
): Effect.fn.Return<ReadonlyMap<string, RowState<A>>, HistoryError> {
  const rows = new Map<string, RowState<A>>()
  const wanted = new Set<string>()
  const inTable = kept.tableKey === undefined ? {} : { partitionKey: kept.tableKey }
  const inHistory = kept.historyKey === undefined ? {} : { partitionKey: kept.historyKey }
  const afterMs = Math.floor(timeMs) + 1

  yield* Stream.runForEach(history.records(kept.table, inTable), (record) =>
    Effect.sync(() => {
      const row = kept.tableRow(record)
      if (row !== undefined) rows.set(row.key, row)
    })
  )
  for (const { atMs, key } of rows.values()) {
    if (atMs < afterMs) continue
    rows.delete(key)
    wanted.add(key)
  }

  const seen = new Set<string>()
  yield* Stream.runForEach(history.records(kept.history, { ...inHistory, fromMs: afterMs }), (record) =>
    Effect.sync(() => {
      const change = kept.change(record)
      if (change === undefined || seen.has(change.key)) return
      seen.add(change.key)
      rows.delete(change.key)
      if (change.first) wanted.delete(change.key)
      else wanted.add(change.key)
    })
  )

  const looked = yield* history.lookBack(kept.history, { ...inHistory, beforeMs: afterMs }, (window) =>
    Effect.gen(function* () {
      if (wanted.size === 0) return false
      const found = new Map<string, RowState<A>>()
      yield* Stream.runForEach(window, (record) =>
        Effect.sync(() => {
          const change = kept.change(record)
          if (change !== undefined && wanted.has(change.key)) found.set(change.key, change)
        })
      )
      for (const [key, row] of found) {
        wanted.delete(key)
        rows.set(key, row)
      }
      return wanted.size > 0
    })
  )
  const [missing] = wanted
  if (looked !== undefined && !looked.complete && missing !== undefined)
    return yield* new BeyondRetention({
      subject: `What held for ${missing}`,
      topic: kept.history.name,
      wantedMs: timeMs,
      ...(looked.oldestMs === undefined ? {} : { oldestMs: looked.oldestMs })
    })
  for (const [key, { value }] of rows) if (value === undefined) rows.delete(key)
  return rows
})
