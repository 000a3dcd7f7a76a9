import { Clock, Context, Duration, Effect, Layer } from "effect"
import { MemorySchedules } from "./MemorySchedules.ts"
import { ScheduleStore } from "./ScheduleStore.ts"
import {
  type DueTimer,
  type LastOccurrence,
  type NewTimer,
  type TimerKey,
  type TimerPlace,
  type TimerQuery,
  type TimerRow,
  type TimerState,
  TimerStore
} from "./TimerStore.ts"

/** A timer with all that is known of it. */
interface StoredTimer extends TimerKey {
  revision: number
  state: TimerState
  dueAtMs: number
  /** Undefined: cancelled before it was asked for. */
  timer: NewTimer | undefined
  scheduleId: string | undefined
  claimedBy: string | undefined
  claimedUntilMs: number
  claims: number
  reason: string | undefined
  endedAtMs: number | undefined
}

const nameOf = ({ owner, timerId }: TimerKey): string => `${owner}/${timerId}`

const rowOf = ({ timer, ...row }: StoredTimer): TimerRow => ({
  ...{ owner: row.owner, timerId: row.timerId, revision: row.revision, state: row.state, dueAtMs: row.dueAtMs },
  ...{ topic: timer?.target.topic, workspaceId: timer?.target.workspaceId },
  ...{ scheduleId: row.scheduleId, reason: row.reason }
})

/** What waits before what was refused, then by time and name. */
const byPlace = (one: TimerPlace, other: TimerPlace): number =>
  -compare(one.state, other.state) ||
  one.dueAtMs - other.dueAtMs ||
  compare(one.owner, other.owner) ||
  compare(one.timerId, other.timerId)

const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other))

/** The timers of one process; plain, by the time that it is given. */
class MemoryTimers {
  private readonly rows = new Map<string, StoredTimer>()

  schedule(timer: NewTimer, scheduleId?: string): boolean {
    const before = this.rows.get(nameOf(timer))
    if (before !== undefined && before.revision >= timer.revision) return false
    const { owner, timerId, revision, dueAtMs } = timer
    this.rows.set(nameOf(timer), {
      ...{ owner, timerId, revision, dueAtMs, timer, scheduleId },
      ...{ state: "waiting", claimedBy: undefined, claimedUntilMs: 0, claims: 0, reason: undefined },
      endedAtMs: undefined
    })
    return true
  }

  cancel(key: TimerKey, revision: number, nowMs: number): "cancelled" | "tooLate" | "unchanged" {
    const before = this.rows.get(nameOf(key))
    if (before !== undefined && before.revision >= revision) return "unchanged"
    if (before !== undefined && before.state !== "waiting") {
      before.revision = revision
      return before.state === "cancelled" ? "cancelled" : "tooLate"
    }
    this.rows.set(nameOf(key), {
      ...{ owner: key.owner, timerId: key.timerId, revision, state: "cancelled", dueAtMs: before?.dueAtMs ?? nowMs },
      ...{ timer: before?.timer, scheduleId: before?.scheduleId, claimedBy: undefined, claimedUntilMs: 0, claims: 0 },
      reason: undefined,
      endedAtMs: nowMs
    })
    return "cancelled"
  }

  claim(claimer: string, limit: number, leaseMs: number, nowMs: number): ReadonlyArray<DueTimer> {
    const free = ({ claimedUntilMs }: StoredTimer) => claimedUntilMs <= nowMs || claimedUntilMs > nowMs + 2 * leaseMs
    const due = this.waiting()
      .filter((row) => row.dueAtMs <= nowMs && free(row))
      .slice(0, limit)
    return due.map((row) => {
      row.claimedBy = claimer
      row.claimedUntilMs = nowMs + leaseMs
      row.claims += 1
      return { ...row.timer!, scheduleId: row.scheduleId, claims: row.claims }
    })
  }

  end(key: TimerKey, revision: number, state: TimerState, reason: string | undefined, nowMs: number): boolean {
    const row = this.rows.get(nameOf(key))
    if (row === undefined || row.state !== "waiting" || row.revision !== revision) return false
    Object.assign(row, { state, reason, endedAtMs: nowMs, claimedUntilMs: 0 })
    return true
  }

  release(claimer: string, key: TimerKey): void {
    const row = this.rows.get(nameOf(key))
    if (row?.claimedBy === claimer) row.claimedUntilMs = 0
  }

  cancelOccurrences(scheduleId: string, nowMs: number): void {
    for (const row of this.waiting()) {
      if (row.scheduleId === scheduleId) this.end(row, row.revision, "cancelled", undefined, nowMs)
    }
  }

  nextDueAtMs(nowMs: number): number | undefined {
    return this.waiting().find((row) => row.claimedUntilMs <= nowMs)?.dueAtMs
  }

  list({ after, limit, workspaceId }: TimerQuery): { readonly rows: ReadonlyArray<TimerRow>; readonly total: number } {
    const all = [...this.rows.values()]
      .filter(({ state }) => state === "waiting" || state === "refused")
      .filter((row) => workspaceId === undefined || row.timer?.target.workspaceId === workspaceId)
      .toSorted(byPlace)
    const rest = after === undefined ? all : all.filter((row) => byPlace(row, after) > 0)
    return { rows: rest.slice(0, limit).map(rowOf), total: all.length }
  }

  withdraw(key: TimerKey, revision: number, workspaceId: string | undefined, nowMs: number): TimerRow | undefined {
    const row = this.rows.get(nameOf(key))
    if (row === undefined || row.revision !== revision || (row.state !== "waiting" && row.state !== "refused"))
      return undefined
    if (workspaceId !== undefined && row.timer?.target.workspaceId !== workspaceId) return undefined
    const before = rowOf(row)
    Object.assign(row, { state: "cancelled", endedAtMs: nowMs, claimedUntilMs: 0 })
    return before
  }

  lastOccurrences(): ReadonlyArray<LastOccurrence> {
    const newest = new Map<string, LastOccurrence>()
    for (const { dueAtMs, endedAtMs, reason, scheduleId, state } of this.rows.values()) {
      if (scheduleId === undefined || endedAtMs === undefined || state === "waiting" || state === "cancelled") continue
      if (dueAtMs >= (newest.get(scheduleId)?.dueAtMs ?? 0))
        newest.set(scheduleId, { scheduleId, state, dueAtMs, endedAtMs, reason })
    }
    return [...newest.values()]
  }

  prune(endedBeforeMs: number): number {
    const old = [...this.rows.values()].filter(
      (row) => row.state !== "refused" && row.endedAtMs !== undefined && row.endedAtMs < endedBeforeMs
    )
    for (const row of old) this.rows.delete(nameOf(row))
    return old.length
  }

  waiting(): ReadonlyArray<StoredTimer> {
    return [...this.rows.values()].filter((row) => row.state === "waiting").sort((a, b) => a.dueAtMs - b.dueAtMs)
  }
}

/** Timers and schedules of one process, by Effect's clock: for tests and replays; the same answers as PostgreSQL. */
export const layerMemoryTimers: Layer.Layer<TimerStore | ScheduleStore> = Layer.effectContext(
  Effect.sync(() => {
    const timers = new MemoryTimers()
    const schedules = new MemorySchedules(timers)
    const now = Clock.currentTimeMillis
    const timerStore = TimerStore.of({
      schedule: (timer) =>
        Effect.map(now, (nowMs) => ({
          dueInMs: timers.schedule(timer) ? Math.max(0, timer.dueAtMs - nowMs) : undefined
        })),
      cancel: (timer, revision) => Effect.map(now, (nowMs) => timers.cancel(timer, revision, nowMs)),
      claimDue: (claimer, limit, lease) =>
        Effect.map(now, (nowMs) => ({
          nowMs,
          timers: timers.claim(claimer, limit, Duration.toMillis(lease), nowMs)
        })),
      finish: (ends) =>
        Effect.map(
          now,
          (nowMs) => ends.filter((end) => timers.end(end, end.revision, end.outcome, end.reason, nowMs)).length
        ),
      release: (claimer, keys) => Effect.sync(() => keys.forEach((key) => void timers.release(claimer, key))),
      untilNext: Effect.map(now, (nowMs) => {
        const times = [timers.nextDueAtMs(nowMs), schedules.nextAtMs()].filter((atMs) => atMs !== undefined)
        return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - nowMs)
      }),
      counts: Effect.map(now, (nowMs) => {
        const waiting = timers.waiting()
        return { waiting: waiting.length, due: waiting.filter((row) => row.dueAtMs <= nowMs).length }
      }),
      list: (query) => Effect.sync(() => timers.list(query)),
      withdraw: (timer, revision, workspaceId) =>
        Effect.map(now, (nowMs) => timers.withdraw(timer, revision, workspaceId, nowMs)),
      lastOccurrences: Effect.sync(() => timers.lastOccurrences()),
      prune: (age) => Effect.map(now, (nowMs) => timers.prune(nowMs - Duration.toMillis(age)))
    })
    return Context.make(TimerStore, timerStore).pipe(Context.add(ScheduleStore, schedules.service))
  })
)
