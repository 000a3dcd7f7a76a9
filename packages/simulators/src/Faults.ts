/**
 * Faults that are put into the exchange's answers and pushes, by configuration or at run time.
 *
 * Before a request is applied: `latency`, `status`, `reset`, `hang`. After: `hold_reply` (the answer waits for its release
 * or the end of the connection), `reset_after`, `status_after` and `garble_reply` (applied, answered with an error or with
 * what is no JSON). The whole port: `refuse_connections`. The stream: `stream_disconnect` (once), `stream_refuse`,
 * `stream_stall` (socket open, no pushes), and per push `stream_drop`, `stream_duplicate`, `stream_delay`, `stream_stale`
 * (public topics repeat what they last pushed).
 */
import { type FaultInput, type FaultKind, pushFaults, requestFaults } from "./FaultInput.ts"
import { drawLatency } from "./LatencyDistribution.ts"
import { seededRandom } from "./SeededRandom.ts"

export interface Fault extends FaultInput {
  readonly id: string
  readonly struck: number
  readonly passed: number
}

/** What is to happen to one request. */
export interface FaultPlan {
  readonly delayMs: number
  readonly before: "none" | "reset" | "hang" | StatusFault
  readonly after: "none" | "hold" | "reset" | "garble" | StatusFault
}

export interface StatusFault {
  readonly status: number
  readonly code?: string | undefined
  readonly message?: string | undefined
  readonly retryAfterSeconds?: number | undefined
}

/** What is to happen to one push to one client. */
export interface PushPlan {
  /** 0: lost, 2: doubled. */
  readonly copies: number
  readonly delayMs: number
  /** Send what the topic last pushed before the fault. */
  readonly isStale: boolean
}

export interface Faults {
  readonly add: (input: FaultInput) => Fault
  readonly remove: (id: string) => boolean
  readonly clear: () => void
  readonly list: () => ReadonlyArray<Fault>
  /** Decides for a request, and counts the faults that strike it. */
  readonly plan: (route: string, account: string | undefined) => FaultPlan
  /** Decides for a push to one client, and counts the faults that strike it. */
  readonly planPush: (topic: string, account: string | undefined) => PushPlan
  readonly isActive: (kind: FaultKind, account?: string) => boolean
  /** Called after every change. */
  readonly onChange: (listener: () => void) => void
}

export const noFaults: FaultPlan = { delayMs: 0, before: "none", after: "none" }
export const plainPush: PushPlan = { copies: 1, delayMs: 0, isStale: false }

const ofRequests = new Set<FaultKind>(requestFaults)
const ofPushes = new Set<FaultKind>(pushFaults)

export const makeFaults = (seed: number): Faults => {
  const random = seededRandom(seed)
  const listeners: Array<() => void> = []
  let faults: ReadonlyArray<Fault> = []
  let strikesPushes = false
  let count = 0
  const set = (next: ReadonlyArray<Fault>): void => {
    faults = next
    strikesPushes = faults.some((fault) => ofPushes.has(fault.kind))
  }
  const changed = (next: ReadonlyArray<Fault>): void => {
    set(next)
    for (const listener of listeners) listener()
  }
  /** Counts the fault when it is meant; true when it strikes and does not let this one pass. */
  const strikes = (fault: Fault, route: string, account: string | undefined): boolean => {
    if (fault.route !== undefined && !route.includes(fault.route)) return false
    if (fault.account !== undefined && fault.account !== account) return false
    if (fault.probability !== undefined && random() >= fault.probability) return false
    const isPassed = fault.passed < (fault.skip ?? 0)
    const next = isPassed ? { ...fault, passed: fault.passed + 1 } : { ...fault, struck: fault.struck + 1 }
    const isGone = fault.times !== undefined && next.struck >= fault.times
    set(isGone ? faults.filter((f) => f.id !== fault.id) : faults.map((f) => (f.id === fault.id ? next : f)))
    return !isPassed
  }
  return {
    add: (input) => {
      count += 1
      const fault: Fault = { ...input, id: `fault-${count}`, struck: 0, passed: 0 }
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
      for (const fault of faults)
        if (ofRequests.has(fault.kind) && strikes(fault, route, account)) plan = withFault(plan, fault, random)
      return plan
    },
    planPush: (topic, account) => {
      if (!strikesPushes) return plainPush
      let plan = plainPush
      for (const fault of faults)
        if (ofPushes.has(fault.kind) && strikes(fault, topic, account)) plan = withPushFault(plan, fault, random)
      return plan
    },
    isActive: (kind, account) =>
      faults.some((f) => f.kind === kind && (f.account === undefined || f.account === account)),
    onChange: (listener) => void listeners.push(listener)
  }
}

const delayOf = (fault: Fault, random: () => number): number =>
  fault.distribution === undefined
    ? (fault.latencyMs ?? 0) + random() * (fault.jitterMs ?? 0)
    : drawLatency(fault.distribution, random)

const statusOf = ({ status = 500, code, message, retryAfterSeconds }: Fault): StatusFault => ({
  status,
  code,
  message,
  retryAfterSeconds
})

const withFault = (plan: FaultPlan, fault: Fault, random: () => number): FaultPlan => {
  switch (fault.kind) {
    case "latency":
      return { ...plan, delayMs: plan.delayMs + delayOf(fault, random) }
    case "status":
      return { ...plan, before: statusOf(fault) }
    case "reset":
    case "hang":
      return { ...plan, before: fault.kind }
    case "hold_reply":
      return { ...plan, after: "hold" }
    case "reset_after":
      return { ...plan, after: "reset" }
    case "garble_reply":
      return { ...plan, after: "garble" }
    case "status_after":
      return { ...plan, after: statusOf(fault) }
    default:
      return plan
  }
}

const withPushFault = (plan: PushPlan, fault: Fault, random: () => number): PushPlan => {
  switch (fault.kind) {
    case "stream_stall":
    case "stream_drop":
      return { ...plan, copies: 0 }
    case "stream_duplicate":
      return { ...plan, copies: plan.copies * 2 }
    case "stream_delay":
      return { ...plan, delayMs: plan.delayMs + delayOf(fault, random) }
    case "stream_stale":
      return { ...plan, isStale: true }
    default:
      return plan
  }
}
