import type { PipelineTraits } from "./PipelineTraits.ts"

/** What a handler does with a record at one attempt. */
export interface Behaviour {
  /** `stubborn` can't be interrupted and outlasts the drain time; `deadly` ends the process. */
  readonly kind: "done" | "stubborn" | "temporary" | "permanent" | "business" | "defect" | "system" | "deadly"
  readonly workMs: number
  /** For `system`: the dependency is back then, in milliseconds since the world began. */
  readonly downUntilMs: number
  /** The wait that a failure asks for. */
  readonly retryAfterMs?: number
}

/** 32 bits of a text, evenly spread (FNV-1a, then mixed). */
const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

/** A number from 0 to 1 that only depends on the texts. */
const share = (...parts: ReadonlyArray<string | number>): number => hash(parts.join("/")) / 0x1_0000_0000

/**
 * How the handlers of a seed treat a record; a redelivery is treated as before, so that a repeat has the same outcome.
 *
 * Most work takes some hundred milliseconds; some takes longer than the handler's time-out (8 s) on its first attempt, some
 * can't be interrupted and outlasts a drain (10 s).
 */
export const behaviourOf = (seed: string, id: string, attempt: number): Behaviour => {
  const drawn = share(seed, id, "kind")
  const length = share(seed, id, "work")
  const workMs = Math.round(20 + 600 * length * length)
  const downUntilMs = Math.round(20_000 + 40_000 * length)
  const plain = { workMs, downUntilMs }
  if (drawn < 0.1) return { ...plain, kind: attempt <= 1 + Math.round(length * 2) ? "temporary" : "done" }
  if (drawn < 0.14) return { ...plain, kind: "permanent" }
  if (drawn < 0.18) return { ...plain, kind: "business" }
  if (drawn < 0.2) return { ...plain, kind: "defect" }
  if (drawn < 0.24) return { ...plain, kind: "system" }
  if (drawn < 0.28) return { ...plain, kind: "stubborn", workMs: Math.round(4_000 + 16_000 * length) }
  if (drawn < 0.36)
    return { ...plain, kind: "done", workMs: Math.round(3_000 + (attempt === 1 ? 12_000 : 2_000) * length) }
  return { ...plain, kind: "done" }
}

/** Records whose handling ends the process, and of those that fail the waits that are parked: up to 40 s. */
const deadlyShare = 0.025
/** Of the former, those that do so at their second attempt. */
const lateShare = 0.3
const parkedShare = 0.2
const longestWaitMs = 40_000

/** Well below the time-out, so that it is the handler that ends. */
const quickMs = (seed: string, id: string): number => Math.round(20 + 600 * share(seed, id, "quick"))

/** How handlers treat a record where the pipeline has traits; else as above. */
export const behaviourUnder = (traits: PipelineTraits, seed: string, id: string, attempt: number): Behaviour => {
  const plain = behaviourOf(seed, id, attempt)
  if (traits.deadly && share(seed, id, "deadly") < deadlyShare) {
    const kind = attempt === 1 && share(seed, id, "late") < lateShare ? "temporary" : "deadly"
    return { ...plain, kind, workMs: quickMs(seed, id) }
  }
  const drawn = share(seed, id, "parks")
  if (!traits.parked || drawn >= parkedShare) return plain
  const wait = { retryAfterMs: Math.round(200 + longestWaitMs * share(seed, id, "wait", attempt)) }
  const until = Math.round(90_000 * share(seed, id, "until"))
  return drawn < parkedShare / 4
    ? { ...plain, ...wait, kind: "system", downUntilMs: until }
    : { ...plain, ...wait, kind: attempt <= share(seed, id, "failures") * 3.5 ? "temporary" : "done" }
}

/** Times, in milliseconds since the world began, in which the dependency of a stage's lane is down. */
export const outagesOf = (seed: string, lane: number): ReadonlyArray<readonly [from: number, to: number]> =>
  [0, 1].map((n) => {
    const from = Math.round((n * 40 + 35 * share(seed, lane, "down", n)) * 1_000)
    return [from, from + Math.round(2_000 + 18_000 * share(seed, lane, "for", n))]
  })
