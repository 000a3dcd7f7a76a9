import {
  type Admission,
  admit,
  type Breaker,
  type BreakerPolicy,
  type CallOutcome,
  closedBreaker,
  type Permit,
  report
} from "./Breaker.ts"

/** Something outside that can be down by itself. */
export interface Dependency {
  /** What it is, for example `exchange orders`; the label of metrics. */
  readonly kind: string
  /** Which one, for example an account; in logs and health, never a label of metrics. */
  readonly name: string
  readonly policy: BreakerPolicy
}

export const dependencyName = ({ kind, name }: Dependency): string => `${kind} ${name}`

/** A breaker that is not closed, as health shows it. */
export interface BreakerStatus {
  readonly dependency: string
  readonly state: BreakerState
  /** How often it opened in a row. */
  readonly openings: number
  /** Time until a probe may go out, 0 when it may. */
  readonly retryAfterMs: number
}

export type BreakerState = "closed" | "open" | "half-open"

const stateNames = { Closed: "closed", Open: "open", HalfOpen: "half-open" } as const

/** A breaker that went from one state to another. */
export interface BreakerChange {
  readonly dependency: Dependency
  readonly state: BreakerState
  readonly openings: number
  readonly openMs: number
}

/** The breakers of a process by dependency; plain and immediate, by one monotonic clock. */
export class BreakerBoard {
  private readonly nowMs: () => number
  private readonly breakers = new Map<string, { readonly dependency: Dependency; breaker: Breaker }>()

  constructor(nowMs: () => number) {
    this.nowMs = nowMs
  }

  admit(dependency: Dependency): readonly [Admission, BreakerChange | undefined] {
    const [next, admission] = admit(this.of(dependency), dependency.policy, this.nowMs())
    return [admission, this.put(dependency, next)]
  }

  report(dependency: Dependency, permit: Permit, outcome: CallOutcome): BreakerChange | undefined {
    return this.put(dependency, report(this.of(dependency), dependency.policy, permit, outcome, this.nowMs()))
  }

  /** Milliseconds until it is worth asking again, if a call would be refused now; nothing is changed. */
  wouldRefuse(dependency: Dependency): number | undefined {
    const [, admission] = admit(this.of(dependency), dependency.policy, this.nowMs())
    return admission._tag === "Refused" ? admission.retryAfterMs : undefined
  }

  notClosed = (): ReadonlyArray<BreakerStatus> =>
    [...this.breakers.values()].flatMap(({ breaker, dependency }) => {
      if (breaker._tag === "Closed") return []
      const retryAfterMs = breaker._tag === "Open" ? Math.max(0, Math.ceil(breaker.untilMs - this.nowMs())) : 0
      const { openings } = breaker
      return [{ dependency: dependencyName(dependency), state: stateNames[breaker._tag], openings, retryAfterMs }]
    })

  /** Breakers by kind and state. */
  counts(): ReadonlyMap<string, Readonly<Record<BreakerState, number>>> {
    const counts = new Map<string, Record<BreakerState, number>>()
    for (const { breaker, dependency } of this.breakers.values()) {
      const ofKind = counts.get(dependency.kind) ?? { closed: 0, open: 0, "half-open": 0 }
      ofKind[stateNames[breaker._tag]] += 1
      counts.set(dependency.kind, ofKind)
    }
    return counts
  }

  private of(dependency: Dependency): Breaker {
    return this.breakers.get(dependencyName(dependency))?.breaker ?? closedBreaker
  }

  private put(dependency: Dependency, next: Breaker): BreakerChange | undefined {
    const before = this.of(dependency)
    if (before === next) return undefined
    this.breakers.set(dependencyName(dependency), { dependency, breaker: next })
    if (before._tag === next._tag) return undefined
    const openMs = next._tag === "Open" ? next.untilMs - this.nowMs() : 0
    return { dependency, state: stateNames[next._tag], openings: next.openings, openMs }
  }
}
