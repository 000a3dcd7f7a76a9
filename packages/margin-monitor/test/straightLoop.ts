import { deterministicId, type MarginLevel } from "@millrace/contracts"

/**
 * The monitor's rules once more, without index, tables, rows or the order of reasons as the product has it: every position,
 * pair and entry is looked at on every tick, with the formulas written out. What becomes of a command is known right after
 * its tick: it fails, succeeds (what is done once in an episode, and entries), or stays under way for ever.
 */

export interface LoopPosition {
  readonly id: string
  readonly sign: 1 | -1
  readonly quantity: number
  readonly entry: number
  readonly margin: number
}

export interface LoopRule {
  readonly id: string
  /** `loss`: a share of the margin; `return`: percent of the margin; `entry`: a price. */
  readonly kind: "loss" | "return" | "entry"
  readonly limit: number
  /** Of an entry: a buy. */
  readonly buys: boolean
  /** The action is done once in an episode. */
  readonly once: boolean
  readonly retryAfterMs: number
  readonly coolDownMs: number
  readonly count: number | undefined
  readonly periodMs: number | undefined
}

export interface LoopTick {
  readonly time: number
  readonly price: number
  readonly stale: boolean
  readonly gap: boolean
  readonly mode: "ACTIVE" | "REDUCE_ONLY" | "HALTED"
  readonly readable: boolean
}

export type Fate = "fails" | "succeeds" | "stays"

export interface LoopResult {
  readonly commands: Array<string>
  readonly levels: Array<string>
  readonly reasons: Array<string>
}

const h = 0.02

interface Watch {
  readonly rule: LoopRule
  readonly subject: string
  /** 0: an entry whose price is not reached. */
  start: number
  attempt: number
  failures: number
  attemptedAt: number
  dueAt: number
  phase: "free" | "underWay" | "waits" | "spent"
  reason: string
  released: boolean
}

export const straightLoop = (
  positions: ReadonlyArray<LoopPosition>,
  rules: ReadonlyArray<LoopRule>,
  ticks: ReadonlyArray<LoopTick>,
  fate: (commandId: string) => Fate
): LoopResult => {
  const result: LoopResult = { commands: [], levels: [], reasons: [] }
  const levels = new Map<string, MarginLevel>()
  const watches = new Map<string, Watch>()
  const acted = new Map<string, Array<number>>()
  const entries = rules.filter(({ kind }) => kind === "entry")
  const others = rules.filter(({ kind }) => kind !== "entry")

  const record = (tick: LoopTick, watch: Watch, reason: string) => {
    if (reason !== watch.reason) result.reasons.push(`${tick.time} ${watch.subject}/${watch.rule.id} ${reason}`)
    watch.reason = reason
  }
  const othersActed = (rule: LoopRule, watch: Watch | undefined) => {
    const all = acted.get(rule.id) ?? []
    const own = watch?.phase === "underWay" || watch?.phase === "spent" ? all.lastIndexOf(watch.attemptedAt) : -1
    return all.filter((_, i) => i !== own)
  }
  const blocks = (rule: LoopRule, watch: Watch | undefined, tick: LoopTick, reached: boolean): string | undefined => {
    const opens = rule.kind === "entry"
    const times = othersActed(rule, watch)
    const count = rule.count ?? (opens ? 1 : Number.POSITIVE_INFINITY)
    const within = times.filter((time) => rule.periodMs === undefined || time > tick.time - rule.periodMs)
    if (tick.mode === "HALTED") return "halted"
    if (opens && tick.mode === "REDUCE_ONLY") return "reduce_only"
    if (opens && !tick.readable) return "controls_unreadable"
    if (within.length >= count) return "max_actions"
    if (times.some((time) => tick.time < time + rule.coolDownMs)) return "cool_down"
    if (rule.kind !== "loss" && tick.gap) return "market_gap"
    if (rule.kind !== "loss" && tick.stale) return "price_stale"
    if (!reached) return "trigger_not_reached"
    if (watch?.phase === "spent") return "already_acted"
    if (watch?.phase === "underWay") return "command_outstanding"
    return watch?.phase === "waits" && tick.time < watch.dueAt ? "retry_waits" : undefined
  }
  const fire = (key: string, watch: Watch, tick: LoopTick) => {
    watch.attempt++
    watch.attemptedAt = tick.time
    watch.phase = "underWay"
    watch.released = false
    const { rule, subject } = watch
    acted.set(rule.id, [...(acted.get(rule.id) ?? []), tick.time])
    const commandId = deterministicId(rule.id, "1", subject, String(watch.start), String(watch.attempt))
    result.commands.push(commandId)
    if (tick.gap || tick.stale) record(tick, watch, tick.gap ? "market_gap" : "price_stale")
    record(tick, watch, "fired")
    return () => conclude(key, watch, tick, commandId)
  }
  const conclude = (key: string, watch: Watch, tick: LoopTick, commandId: string) => {
    const { rule } = watch
    const end = fate(commandId)
    if (end === "succeeds" && rule.kind === "entry") watches.delete(key)
    else if (end === "succeeds" && rule.once) {
      watch.phase = "spent"
      record(tick, watch, "already_acted")
    } else if (end === "fails") {
      const times = acted.get(rule.id) ?? []
      acted.set(rule.id, times.toSpliced(times.lastIndexOf(watch.attemptedAt), 1))
      watch.failures++
      const doubled = Math.min(600_000, rule.retryAfterMs * 2 ** (watch.failures - 1))
      watch.dueAt =
        watch.attemptedAt +
        (rule.kind === "entry" || rule.once ? Math.max(rule.retryAfterMs, doubled) : rule.retryAfterMs)
      watch.phase = "waits"
      record(tick, watch, "retry_waits")
    }
  }
  const look = (key: string, subject: string, rule: LoopRule, tick: LoopTick, reached: boolean) => {
    const known = watches.get(key)
    const begun = {
      attempt: 0,
      failures: 0,
      attemptedAt: 0,
      dueAt: 0,
      phase: "free",
      reason: "",
      released: false
    } as const
    const watch: Watch = known ?? { ...begun, rule, subject, start: tick.time }
    const blocking = blocks(rule, known, tick, reached)
    if (rule.kind === "entry" && watch.phase !== "underWay") {
      if (!reached) Object.assign(watch, { start: 0, attempt: 0, failures: 0 })
      else if (watch.start === 0) watch.start = tick.time
    }
    watches.set(key, watch)
    if (blocking === undefined) return fire(key, watch, tick)
    if (watch.phase === "waits" && tick.time >= watch.dueAt) watch.phase = "free"
    const silent = blocking === "command_outstanding" && watch.reason === "fired" && !watch.released
    watch.released = false
    if (!silent) record(tick, watch, blocking)
    return () => {}
  }

  for (const tick of ticks) {
    const after: Array<() => void> = []
    for (const rule of entries) {
      const underWay = watches.get(`*/${rule.id}`)?.phase === "underWay"
      const reached = underWay || (rule.buys ? tick.price <= rule.limit : tick.price >= rule.limit)
      after.push(look(`*/${rule.id}`, "*", rule, tick, reached))
    }
    for (const { entry, id, margin, quantity, sign } of positions) {
      const pnl = sign * quantity * 100_000_000 * (1 / entry - 1 / tick.price)
      const loss = -pnl / margin
      const before = levels.get(id) ?? "normal"
      let level: MarginLevel = "normal"
      if (loss >= 0.9 || (before === "critical" && loss >= 0.9 - h)) level = "critical"
      else if (loss >= 0.8 || (before !== "normal" && loss >= 0.8 - h)) level = "warning"
      if (level !== before) result.levels.push(`${id} ${tick.time} ${level}`)
      levels.set(id, level)
      for (const rule of others) {
        const key = `${id}/${rule.id}`
        const watch = watches.get(key)
        const { limit } = rule
        const percent = (pnl / margin) * 100
        const holds = rule.kind === "loss" ? loss >= limit : limit > 0 ? percent >= limit : percent <= limit
        const band = 100 * h
        const stays =
          rule.kind === "loss" ? loss >= limit - h : limit > 0 ? percent >= limit - band : percent <= limit + band
        if (watch !== undefined && !stays) {
          if (watch.phase === "underWay") watch.released = true
          else watches.delete(key)
        }
        if (holds) after.push(look(key, id, rule, tick, true))
      }
    }
    for (const conclusion of after) conclusion()
  }
  return result
}
