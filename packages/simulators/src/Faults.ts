/**
 * Faults that are put into the exchange's answers, by configuration or at run time.
 *
 * Before the request is applied: `latency`, `status`, `reset`, `hang`. After: `hold_reply` (applied, the answer waits for
 * its release or the end of the connection) and `reset_after`. The whole port: `refuse_connections`. The stream:
 * `stream_disconnect` (once), `stream_refuse`, `stream_stall` (socket open, no pushes).
 */
import { Schema } from "effect"
import { seededRandom } from "./SeededRandom.ts"

export const FaultKind = Schema.Literals([
  "latency",
  "status",
  "reset",
  "hang",
  "hold_reply",
  "reset_after",
  "refuse_connections",
  "stream_disconnect",
  "stream_refuse",
  "stream_stall"
])

export const FaultInput = Schema.Struct({
  kind: FaultKind,
  /** `METHOD /path`, a part of it, or absent for every route. */
  route: Schema.optionalKey(Schema.String),
  /** An account id; absent for every account and public calls. */
  account: Schema.optionalKey(Schema.String),
  /** Share of the requests that it strikes, 0 to 1; 1 by default. */
  probability: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))),
  /** How often it strikes before it is gone; without end by default. */
  times: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
  /** For `status`: 500 by default. */
  status: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 400, maximum: 599 }))),
  /** For `latency`: milliseconds, and how much more at random. */
  latencyMs: Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))),
  jitterMs: Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)))
})
export type FaultInput = typeof FaultInput.Type

export interface Fault extends FaultInput {
  readonly id: string
  readonly struck: number
}

/** What is to happen to one request. */
export interface FaultPlan {
  readonly delayMs: number
  readonly before: "none" | "reset" | "hang" | { readonly status: number }
  readonly after: "none" | "hold" | "reset"
}

export interface Faults {
  readonly add: (input: FaultInput) => Fault
  readonly remove: (id: string) => boolean
  readonly clear: () => void
  readonly list: () => ReadonlyArray<Fault>
  /** Decides for a request, and counts the faults that strike it. */
  readonly plan: (route: string, account: string | undefined) => FaultPlan
  readonly isActive: (kind: Fault["kind"], account?: string) => boolean
  /** Called after every change. */
  readonly onChange: (listener: () => void) => void
}

export const noFaults: FaultPlan = { delayMs: 0, before: "none", after: "none" }

export const makeFaults = (seed: number): Faults => {
  const random = seededRandom(seed)
  const listeners: Array<() => void> = []
  let faults: ReadonlyArray<Fault> = []
  let count = 0
  const changed = (next: ReadonlyArray<Fault>): void => {
    faults = next
    for (const listener of listeners) listener()
  }
  const strikes = (fault: Fault, route: string, account: string | undefined): boolean =>
    (fault.route === undefined || route.includes(fault.route)) &&
    (fault.account === undefined || fault.account === account) &&
    (fault.probability === undefined || random() < fault.probability)
  const struck = (fault: Fault): void => {
    const next = { ...fault, struck: fault.struck + 1 }
    const gone = fault.times !== undefined && next.struck >= fault.times
    faults = gone ? faults.filter((f) => f.id !== fault.id) : faults.map((f) => (f.id === fault.id ? next : f))
  }
  return {
    add: (input) => {
      count += 1
      const fault: Fault = { ...input, id: `fault-${count}`, struck: 0 }
      changed([...faults, fault])
      return fault
    },
    remove: (id) => {
      const before = faults.length
      changed(faults.filter((fault) => fault.id !== id))
      return faults.length < before
    },
    clear: () => changed([]),
    list: () => faults,
    plan: (route, account) => {
      let plan = noFaults
      for (const fault of faults) {
        if (!isOfRequests(fault) || !strikes(fault, route, account)) continue
        struck(fault)
        plan = withFault(plan, fault, random)
      }
      return plan
    },
    isActive: (kind, account) =>
      faults.some((f) => f.kind === kind && (f.account === undefined || f.account === account)),
    onChange: (listener) => void listeners.push(listener)
  }
}

const isOfRequests = (fault: Fault): boolean => !fault.kind.startsWith("stream_") && fault.kind !== "refuse_connections"

const withFault = (plan: FaultPlan, fault: Fault, random: () => number): FaultPlan => {
  switch (fault.kind) {
    case "latency":
      return { ...plan, delayMs: plan.delayMs + (fault.latencyMs ?? 0) + random() * (fault.jitterMs ?? 0) }
    case "status":
      return { ...plan, before: { status: fault.status ?? 500 } }
    case "reset":
    case "hang":
      return { ...plan, before: fault.kind }
    case "hold_reply":
      return { ...plan, after: "hold" }
    case "reset_after":
      return { ...plan, after: "reset" }
    default:
      return plan
  }
}
