import type { Violation } from "./checkHistory.ts"
import type { HistoryEvent } from "./History.ts"

/** What an outcome says of a command; the last one said counts, since an unknown one may be settled later. */
interface Told {
  status: string
  reason: string
  parts?: ReadonlyArray<{ positionId: string; status: string; reason: string }>
}

/**
 * Returns what effects and their outcomes break: more than one effect of a command, a command without an outcome, an outcome
 * that says another thing than what happened, that takes back a final one, or that gives up what was never told as unknown
 * and so still stood.
 */
export const checkEffects = (
  events: ReadonlyArray<HistoryEvent>,
  commandOf: (topic: string, value: string) => string | undefined
): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const effects = new Map<string, number>()
  const told = new Map<string, Told>()
  const accepted = new Set<string>()
  const wasUnknown = new Set<string>()
  events.forEach((event, index) => {
    const report = (rule: string, detail: string) => found.push({ rule, at: event.at, event: index, detail })
    if (event.type === "effect") {
      const count = (effects.get(event.intent) ?? 0) + 1
      effects.set(event.intent, count)
      if (count > 1) report("effect_twice", `${event.what} of ${event.intent} happened ${count} times`)
    }
    if (event.type !== "appended") return
    const command = commandOf(event.topic, event.value)
    if (command === undefined) return
    if (event.topic !== "trade-log") {
      accepted.add(command)
      return
    }
    const outcome = JSON.parse(event.value) as Told
    const { reason, status } = outcome
    const before = told.get(command)
    // A process that was cut off may tell late that a command waits, after another one has ended it.
    if (before !== undefined && status === "pending") return
    if (before !== undefined && isFinal(before.status) && before.status !== status) {
      report("outcome_changed", `${command}: ${before.status} (${before.reason}), then ${status} (${reason})`)
    }
    told.set(command, outcome)
    if (status === "unknown") wasUnknown.add(command)
  })
  for (const command of accepted) {
    const outcome = told.get(command)
    const say = (rule: string, detail: string) =>
      found.push({ rule, at: events.at(-1)?.at ?? 0, event: events.length, detail })
    if (outcome === undefined || outcome.status === "pending") {
      say("no_outcome", `${command} was accepted and has no outcome`)
      continue
    }
    const { parts, ...whole } = outcome
    for (const { intent, reason, status } of partsOf(command, whole, parts)) {
      const count = effects.get(intent) ?? 0
      if (reason === "not_applied_in_time" && !wasUnknown.has(command)) say("given_up", `${intent} still stood`)
      if (status === "completed" ? count !== 1 : status !== "unknown" && count !== 0) {
        say("outcome_untrue", `${intent} is ${status} (${reason}) and has ${count} effects`)
      }
    }
  }
  return found
}

/** A command that waits, or whose result is not known, may still become anything. */
const isFinal = (status: string): boolean => status !== "unknown" && status !== "pending"

/** What an outcome says of each effect: of a command with several each has an intent, and its own part of the outcome. */
const partsOf = (command: string, whole: Omit<Told, "parts">, parts: Told["parts"]) =>
  parts === undefined
    ? [{ intent: command, ...whole }]
    : parts.map(({ positionId, ...part }) => ({ intent: `${command}.${positionId}`, ...part }))
