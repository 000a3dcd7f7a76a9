import { deterministicId, type MarginLevel } from "@millrace/contracts"

/**
 * The monitor's rules once more, without index, tables or episodes' rows: every position and every rule are looked at
 * on every tick, with the formulas written out. A command's outcome is `failed` right after its tick when `fails` says
 * so, else it stays under way.
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
  readonly threshold: number
  readonly retryAfterMs: number
}

export interface LoopResult {
  readonly commands: Array<string>
  readonly levels: Array<string>
}

const h = 0.02

interface Guard {
  start: number
  attempt: number
  attemptedAt: number
  underWay: boolean
  released: boolean
}

export const straightLoop = (
  positions: ReadonlyArray<LoopPosition>,
  rules: ReadonlyArray<LoopRule>,
  ticks: ReadonlyArray<{ readonly time: number; readonly price: number }>,
  fails: (commandId: string) => boolean
): LoopResult => {
  const result: LoopResult = { commands: [], levels: [] }
  const levels = new Map<string, MarginLevel>()
  const guards = new Map<string, Guard>()
  for (const { price, time } of ticks) {
    for (const position of positions) {
      const { entry, margin, quantity, sign } = position
      const loss = -(sign * quantity * 100_000_000 * (1 / entry - 1 / price)) / margin
      const before = levels.get(position.id) ?? "normal"
      let level: MarginLevel = "normal"
      if (loss >= 0.9 || (before === "critical" && loss >= 0.9 - h)) level = "critical"
      else if (loss >= 0.8 || (before !== "normal" && loss >= 0.8 - h)) level = "warning"
      if (level !== before) result.levels.push(`${position.id} ${time} ${level}`)
      levels.set(position.id, level)
      for (const rule of rules) {
        const key = `${position.id}/${rule.id}`
        const guard = guards.get(key)
        const holds = loss >= rule.threshold
        if (guard !== undefined && loss < rule.threshold - h) {
          if (guard.underWay) guard.released = true
          else guards.delete(key)
        }
        const now = guards.get(key)
        if (!holds || now?.underWay === true || (now !== undefined && time < now.attemptedAt + rule.retryAfterMs))
          continue
        const next = now ?? { start: time, attempt: 0, attemptedAt: 0, underWay: false, released: false }
        next.attempt++
        next.attemptedAt = time
        const commandId = deterministicId(rule.id, "1", position.id, String(next.start), String(next.attempt))
        result.commands.push(commandId)
        next.underWay = !fails(commandId)
        guards.set(key, next)
      }
    }
  }
  return result
}
