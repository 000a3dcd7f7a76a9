/** When a breaker opens, for how long, and how it closes again. */
export interface BreakerPolicy {
  /** Share of the last calls that failed, at which it opens; above 0, at most 1. */
  readonly failureRate: number
  /** Calls that are looked at. */
  readonly windowCalls: number
  /** Calls that must have ended before it may open. */
  readonly minimumCalls: number
  /** Calls let through half-open; it closes when all of them have succeeded. */
  readonly probes: number
  /** The first opening lasts this long, each next one twice as long up to the longest. */
  readonly openMs: number
  readonly openMaxMs: number
}

/** What a call says about its dependency; `ignored`: nothing. */
export type CallOutcome = "succeeded" | "failed" | "ignored"

/**
 * The state of one dependency's breaker; a value.
 *
 * `openings`: how often it opened in a row. An opening counts as the next in a row until the breaker has stayed closed
 * for as long as it was open before.
 */
export type Breaker =
  | {
      readonly _tag: "Closed"
      /** The last calls, oldest first; true: failed. */
      readonly recent: ReadonlyArray<boolean>
      readonly openings: number
      readonly steadyAtMs: number
      readonly generation: number
    }
  | { readonly _tag: "Open"; readonly untilMs: number; readonly openings: number; readonly generation: number }
  | {
      readonly _tag: "HalfOpen"
      readonly running: number
      readonly succeeded: number
      readonly openings: number
      readonly generation: number
    }

/** A call that was let through; `generation` tells the outcomes of an earlier state apart. */
export interface Permit {
  readonly generation: number
}

/** Whether a call may go out; if not, when to come again. */
export type Admission =
  | { readonly _tag: "Admitted"; readonly permit: Permit }
  | { readonly _tag: "Refused"; readonly retryAfterMs: number }

export const closedBreaker: Breaker = {
  _tag: "Closed",
  recent: [],
  openings: 0,
  steadyAtMs: Number.NEGATIVE_INFINITY,
  generation: 0
}

/** How long the `openings`th opening in a row lasts, in milliseconds. */
export const openingMs = (policy: BreakerPolicy, openings: number): number =>
  Math.min(policy.openMaxMs, policy.openMs * 2 ** Math.min(openings - 1, 52))

/** Asks for a call. Half-open, at most `probes` calls are under way or have succeeded. */
export const admit = (breaker: Breaker, policy: BreakerPolicy, nowMs: number): readonly [Breaker, Admission] => {
  switch (breaker._tag) {
    case "Closed":
      return [breaker, admitted(breaker)]
    case "Open": {
      if (nowMs < breaker.untilMs) return [breaker, refused(breaker.untilMs - nowMs)]
      const { generation, openings } = breaker
      const probing: Breaker = { _tag: "HalfOpen", running: 1, succeeded: 0, openings, generation: generation + 1 }
      return [probing, admitted(probing)]
    }
    case "HalfOpen": {
      if (breaker.running + breaker.succeeded >= policy.probes) return [breaker, refused(policy.openMs)]
      const probing: Breaker = { ...breaker, running: breaker.running + 1 }
      return [probing, admitted(probing)]
    }
  }
}

const admitted = ({ generation }: Breaker): Admission => ({ _tag: "Admitted", permit: { generation } })
const refused = (retryAfterMs: number): Admission => ({ _tag: "Refused", retryAfterMs })

/**
 * Reports how an admitted call ended. A call of an earlier generation changes nothing: it was let through before the
 * breaker opened or closed, and says nothing about now.
 */
export const report = (
  breaker: Breaker,
  policy: BreakerPolicy,
  permit: Permit,
  outcome: CallOutcome,
  nowMs: number
): Breaker => {
  if (permit.generation !== breaker.generation) return breaker
  switch (breaker._tag) {
    case "Closed":
      return outcome === "ignored" ? breaker : reportClosed(breaker, policy, outcome === "failed", nowMs)
    case "Open":
      return breaker
    case "HalfOpen":
      return reportProbe(breaker, policy, outcome, nowMs)
  }
}

const reportClosed = (
  breaker: Extract<Breaker, { _tag: "Closed" }>,
  policy: BreakerPolicy,
  failed: boolean,
  nowMs: number
): Breaker => {
  const recent = [...breaker.recent, failed].slice(-policy.windowCalls)
  const failures = recent.reduce((sum, one) => sum + (one ? 1 : 0), 0)
  const openings = nowMs >= breaker.steadyAtMs ? 0 : breaker.openings
  const opens = failed && recent.length >= policy.minimumCalls && failures >= policy.failureRate * recent.length
  return opens ? opened({ ...breaker, openings }, policy, nowMs) : { ...breaker, recent, openings }
}

const reportProbe = (
  breaker: Extract<Breaker, { _tag: "HalfOpen" }>,
  policy: BreakerPolicy,
  outcome: CallOutcome,
  nowMs: number
): Breaker => {
  const running = breaker.running - 1
  if (outcome === "ignored") return { ...breaker, running }
  if (outcome === "failed") return opened(breaker, policy, nowMs)
  const succeeded = breaker.succeeded + 1
  if (succeeded < policy.probes) return { ...breaker, running, succeeded }
  const { generation, openings } = breaker
  const steadyAtMs = nowMs + openingMs(policy, openings)
  return { _tag: "Closed", recent: [], openings, steadyAtMs, generation: generation + 1 }
}

const opened = (breaker: Breaker, policy: BreakerPolicy, nowMs: number): Breaker => {
  const openings = breaker.openings + 1
  return { _tag: "Open", untilMs: nowMs + openingMs(policy, openings), openings, generation: breaker.generation + 1 }
}
