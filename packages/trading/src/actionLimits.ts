import type { MaxActions, Rule } from "@millrace/contracts"

/** How often a rule may act; an entry acts once, ever, unless it says otherwise. */
export interface ActionLimits {
  readonly coolDownMs: number
  readonly maxActions: MaxActions | undefined
}

export const limitsOf = (rule: Pick<Rule, "kind" | "coolDownMs" | "maxActions">): ActionLimits => ({
  coolDownMs: rule.coolDownMs ?? 0,
  maxActions: rule.maxActions ?? (rule.kind === "auto_entry" ? { count: 1 } : undefined)
})

/** Whether the rule's actions must be remembered. */
export const isLimited = ({ coolDownMs, maxActions }: ActionLimits): boolean =>
  coolDownMs > 0 || maxActions !== undefined

/** A limit that is reached; `untilMs`: the market time from which it no longer is, absent where only a new version helps. */
export interface LimitReached {
  readonly reason: "max_actions" | "cool_down"
  readonly untilMs?: number
}

/**
 * Returns the first limit that keeps a rule from beginning another action at a market time.
 *
 * `actedAtMs`: market times of its actions, oldest first. Those after `nowMs` (a feed was started anew) count as actions
 * ever, and for no period.
 */
export const limitReached = (
  { coolDownMs, maxActions }: ActionLimits,
  actedAtMs: ReadonlyArray<number>,
  nowMs: number
): LimitReached | undefined => {
  const past = actedAtMs.filter((time) => time <= nowMs)
  if (maxActions !== undefined) {
    const { count, periodMs } = maxActions
    if (periodMs === undefined) {
      if (actedAtMs.length >= count) return { reason: "max_actions" }
    } else {
      const within = past.filter((time) => time > nowMs - periodMs)
      if (within.length >= count) return { reason: "max_actions", untilMs: within[within.length - count]! + periodMs }
    }
  }
  const last = past.at(-1)
  return last !== undefined && nowMs < last + coolDownMs
    ? { reason: "cool_down", untilMs: last + coolDownMs }
    : undefined
}

/** Adds an action, and forgets those that can't matter any more. */
export const rememberAction = (
  { maxActions }: ActionLimits,
  actedAtMs: ReadonlyArray<number>,
  atMs: number
): ReadonlyArray<number> => [...actedAtMs, atMs].slice(-(maxActions?.count ?? 1))
