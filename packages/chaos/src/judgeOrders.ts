import type { TradeOutcome } from "@millrace/contracts"
import type { PlacedOrder } from "./PlacedOrder.ts"

/** An order as the exchange's journal shows it. */
export interface JournalOrder {
  readonly account: string
  readonly action: string
  readonly id: string | undefined
  readonly applied: boolean
}

/** What became of commands, and every promise that was broken, in words. */
export interface OrderJudgement {
  readonly commands: number
  /** How many ended with this status; one that never ended counts as `none`. */
  readonly ends: Readonly<Record<string, number>>
  /** Effects of the exchange that commands asked for. */
  readonly effects: number
  /** An effect more often than once. */
  readonly duplicates: ReadonlyArray<string>
  /** A command without an end, or one that is told as done and was not. */
  readonly lost: ReadonlyArray<string>
  /** A command that is told as not done and was, or that was told to end in two ways. */
  readonly untrue: ReadonlyArray<string>
  /** An effect that no command of the account asked for. */
  readonly strange: ReadonlyArray<string>
}

/** Compares what commands were to do, each once, with what the exchange did and what was told of them. */
export const judgeOrders = (
  orders: ReadonlyArray<PlacedOrder>,
  journal: ReadonlyArray<JournalOrder>,
  told: ReadonlyArray<TradeOutcome>
): OrderJudgement => {
  const owners = new Map(
    orders.flatMap(({ command, effects }) => effects.map((one) => [`${command.accountId} ${one}`, command.commandId]))
  )
  const counts = new Map<string, number>()
  const strange: Array<string> = []
  for (const { account, action, applied, id } of journal) {
    if (!applied) continue
    const name = [`${account} ${action} ${id}`, `${account} ${action}`].find((one) => owners.has(one))
    if (name === undefined) strange.push(`${account} ${action} ${id}`)
    else counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const duplicates = [...counts].flatMap(([name, count]) => (count > 1 ? [`${name}: ${count} times`] : []))
  const ends: Record<string, number> = {}
  const lost: Array<string> = []
  const untrue: Array<string> = []
  const endings = endingsOf(told)
  for (const order of orders) {
    const { commandId } = order.command
    const found = endings.get(commandId) ?? []
    const last = found.at(-1)
    const status = last?.status ?? "none"
    ends[status] = (ends[status] ?? 0) + 1
    const final = [...new Set(found.map((one) => one.status).filter((one) => one !== "unknown"))]
    if (final.length > 1) untrue.push(`${commandId} is told as ${final.join(" and ")}`)
    if (last === undefined) lost.push(`${commandId} has no end`)
    else judgeEnd(order, last, counts, lost, untrue)
  }
  const effects = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return { commands: orders.length, ends, effects, duplicates, lost, untrue, strange }
}

/** What is told of each command besides that it waits, in the order of the topic. */
const endingsOf = (told: ReadonlyArray<TradeOutcome>) => {
  const endings = new Map<string, Array<TradeOutcome>>()
  for (const outcome of told) {
    if (outcome.status === "pending") continue
    const former = endings.get(outcome.commandId)
    if (former === undefined) endings.set(outcome.commandId, [outcome])
    else former.push(outcome)
  }
  return endings
}

const judgeEnd = (
  { command, effects }: PlacedOrder,
  outcome: TradeOutcome,
  counts: ReadonlyMap<string, number>,
  lost: Array<string>,
  untrue: Array<string>
): void => {
  const parts = new Map(outcome.parts?.map(({ positionId, status }) => [`close_position ${positionId}`, status]))
  for (const effect of effects) {
    const status = parts.get(effect) ?? outcome.status
    const happened = counts.has(`${command.accountId} ${effect}`)
    const words = `${command.commandId} is ${status} (${outcome.reason}), ${effect} ${happened ? "was" : "was not"} applied`
    if (status === "completed" && !happened) lost.push(words)
    // Of an entry, leverage and margin that came before a refused order are no position.
    const isStep = effects.length > 1 && outcome.parts === undefined && effect !== effects.at(-1)
    if (status !== "completed" && status !== "unknown" && happened && !isStep) untrue.push(words)
  }
}
