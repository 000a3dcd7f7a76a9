import type { ErrorKind } from "@millrace/contracts"
import { Cron, DateTime, Result, Schema } from "effect"

/** A cron expression or time zone that can't be followed. */
export class InvalidCron extends Schema.TaggedError<InvalidCron>()("InvalidCron", {
  cron: Schema.String,
  timeZone: Schema.String,
  issue: Schema.String
}) {
  readonly kind: ErrorKind = "permanent"

  override get message() {
    return `The cron expression "${this.cron}" in the time zone ${this.timeZone} can't be followed: ${this.issue}. Expected 5 or 6 fields ([second] minute hour day month weekday) and a zone such as Europe/Berlin or UTC.`
  }
}

/**
 * The instants at which something recurs.
 *
 * Where clocks go back, a fixed hour comes once, at its first showing; an hour field that begins with a star goes on
 * through both, so that what comes each half hour never pauses. Where they go forward, a time that is left out comes
 * once, as much later as the clocks moved (02:30 at 03:30).
 */
export interface CronRule {
  /** The first instant after `afterMs`; undefined when there is none left. */
  readonly next: (afterMs: number) => number | undefined
  /** The newest instants from `fromMs` to `toMs`, both included, oldest first, at most `keep`. Cost: `keep`, not the time. */
  readonly newest: (fromMs: number, toMs: number, keep: number) => NewestInstants
}

export interface NewestInstants {
  readonly atMs: ReadonlyArray<number>
  /** There were older ones in the range. */
  readonly more: boolean
}

/** Reads an expression. Fails with `InvalidCron`, also for one that names no day that exists. */
export const cronRule = (cron: string, timeZone: string): Result.Result<CronRule, InvalidCron> => {
  const refused = (issue: string) => Result.fail(new InvalidCron({ cron, timeZone, issue }))
  const parsed = Cron.parse(cron, timeZone, { onDstOverlap: hourIsOpen(cron) ? "both" : "earlier" })
  if (Result.isFailure(parsed)) return refused(parsed.failure.message)
  const next = nextOf(cron, parsed.success)
  return next(0) === undefined
    ? refused("it names no day that exists")
    : Result.succeed({ next, newest: newestOf(next, (beforeMs) => instant(() => Cron.prev(parsed.success, beforeMs))) })
}

/** Hours are the fourth field from the right, with and without seconds. */
const hourIsOpen = (cron: string): boolean => cron.trim().split(/\s+/u).at(-4)?.startsWith("*") ?? false

type Next = (afterMs: number) => number | undefined

/** An expression without a next instant tells it by throwing. */
const instant = (find: () => Date): number | undefined => Result.getOrUndefined(Result.try(() => find().getTime()))

/**
 * Right behind a gap, where clocks went forward, wall times in the gap and behind it fall on the same instants, and
 * Effect's search, which goes by wall time, may pass over some. There the expression is followed by the offset before the
 * gap and by the one behind it, neither of which has gaps.
 */
const nextOf = (expression: string, cron: Cron.Cron): Next => {
  const offsetAt = offsetsOf(cron)
  const byOffset = (offsetMs: number, afterMs: number) =>
    Result.match(Cron.parse(expression, DateTime.zoneMakeOffset(offsetMs)), {
      onFailure: () => undefined,
      onSuccess: (fixed) => instant(() => Cron.next(fixed, afterMs))
    })
  return (afterMs) => {
    const found = instant(() => Cron.next(cron, afterMs))
    if (offsetAt === undefined) return found
    const gap = gapBefore(offsetAt, afterMs) ?? (found === undefined ? undefined : gapBefore(offsetAt, found))
    if (gap === undefined) return found
    const behindMs = Math.max(afterMs, gap.atMs - 1)
    const near = [gap.beforeMs, gap.afterMs]
      .map((offsetMs) => byOffset(offsetMs, behindMs))
      .filter((atMs) => atMs !== undefined && atMs < gap.atMs + gap.afterMs - gap.beforeMs)
    return [found, ...near].reduce((first, atMs) => Math.min(first ?? Infinity, atMs ?? Infinity), found)
  }
}

/** Where clocks went forward, from one offset to a larger one. */
interface Gap {
  readonly atMs: number
  readonly beforeMs: number
  readonly afterMs: number
}

/** Longer than clocks go forward anywhere, but for a day left out at the date line. */
const longestGapMs = 3 * 3_600_000

/** The gap in whose shadow an instant lies: its wall time could be one that was left out. */
const gapBefore = (offsetAt: (atMs: number) => number, atMs: number): Gap | undefined => {
  let [early, late] = [atMs - longestGapMs, atMs]
  const [beforeMs, afterMs] = [offsetAt(early), offsetAt(late)]
  if (afterMs <= beforeMs) return undefined
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2)
    if (offsetAt(middle) === afterMs) late = middle
    else early = middle
  }
  return { atMs: late, beforeMs, afterMs }
}

/** Offsets of a zone from UTC; undefined where they never change. */
const offsetsOf = (cron: Cron.Cron): ((atMs: number) => number) | undefined => {
  const zone = cron.tz._tag === "Some" ? cron.tz.value : undefined
  if (zone?._tag !== "Named" || zone.id === "UTC") return undefined
  return (atMs) => DateTime.zonedOffset(DateTime.makeZonedUnsafe(atMs, { timeZone: zone }))
}

/** Going back finds where to begin; going forward from there decides, as it does when nothing was missed. */
const newestOf = (next: Next, previous: Next): CronRule["newest"] => {
  const beginning = (fromMs: number, toMs: number, keep: number): number => {
    let at = toMs + 1
    for (let step = 0; step <= keep; step++) {
      const before = previous(at)
      if (before === undefined || before <= fromMs) return fromMs
      at = before
    }
    return at
  }
  return (fromMs, toMs, keep) => {
    const atMs: Array<number> = []
    let more = false
    for (let at = next(beginning(fromMs, toMs, keep) - 1); at !== undefined && at <= toMs; at = next(at)) {
      atMs.push(at)
      if (atMs.length <= keep) continue
      atMs.shift()
      more = true
    }
    return { atMs, more }
  }
}
