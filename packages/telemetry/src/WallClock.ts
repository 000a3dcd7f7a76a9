import { Clock, Effect } from "effect"

const nanosPerMilli = 1_000_000

/** Returns the clock's wall time in milliseconds with a fraction (a quarter of a microsecond is the finest step). */
export const wallClockMsOf = (clock: Clock.Clock): number => Number(clock.currentTimeNanosUnsafe()) / nanosPerMilli

/** Wall time in milliseconds with a fraction. A TestClock controls it. */
export const wallClockMs: Effect.Effect<number> = Clock.clockWith((clock) => Effect.sync(() => wallClockMsOf(clock)))
