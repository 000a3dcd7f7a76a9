import type { History } from "./History.ts"
import type { AppliedEffect } from "./SinkMode.ts"

/** What a history says of the promises. All lists but `deadLettered` are empty in a good run. */
export interface Judgement {
  readonly accepted: number
  readonly effects: number
  /** Ids with more than one effect; `duplicates` counts the effects beyond the first. */
  readonly duplicates: number
  readonly duplicateIds: ReadonlyArray<string>
  /** Acknowledged, and neither an effect, nor a refusal, nor a dead letter came of it. */
  readonly lostIds: ReadonlyArray<string>
  /** Acknowledged, and not in the topics. */
  readonly goneFromTopics: ReadonlyArray<string>
  /** First effects that came after a later one of their key and lane. */
  readonly outOfOrderIds: ReadonlyArray<string>
  /** More than one of effect, refusal and dead letter, or an effect without its result. */
  readonly contradictions: ReadonlyArray<string>
  readonly deadLettered: number
  /** Dead letters of jobs that nothing was wrong with. */
  readonly deadLetteredInVain: ReadonlyArray<string>
  readonly refused: number
  readonly unfinishedIntents: number
}

const countBy = (ids: Iterable<string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}

/** The first effect of each id, in the order in which they were applied. */
const firstEffects = (effects: ReadonlyArray<AppliedEffect>): ReadonlyMap<string, AppliedEffect> => {
  const first = new Map<string, AppliedEffect>()
  for (const effect of effects) if (!first.has(effect.id)) first.set(effect.id, effect)
  return first
}

const outOfOrder = (first: Iterable<AppliedEffect>): ReadonlyArray<string> => {
  const highest = new Map<string, number>()
  const late: Array<string> = []
  for (const { id, key, lane, n } of first) {
    const place = `${key}/${lane}`
    if (n < (highest.get(place) ?? 0)) late.push(id)
    else highest.set(place, n)
  }
  return late
}

/** Judges what is left of a run. */
export const judgeHistory = (history: History): Judgement => {
  const accepted = history.sent.filter(({ acknowledged }) => acknowledged)
  const first = firstEffects(history.effects)
  const refused = new Set(history.results.filter(({ status }) => status === "refused").map(({ id }) => id))
  const appliedResults = new Set(history.results.filter(({ status }) => status === "applied").map(({ id }) => id))
  const letters = new Set(history.deadLetters.map(({ id }) => id))
  const logged = new Set(history.logged.map(({ id }) => id))
  const wishes = new Map(history.sent.map(({ id, wish }) => [id, wish]))
  const repeated = [...countBy(history.effects.map(({ id }) => id))].filter(([, count]) => count > 1)
  const sound = (id: string) => ["effect", "shaky", "refusal"].includes(wishes.get(id) ?? "")
  const ends = (id: string) => Number(first.has(id)) + Number(refused.has(id)) + Number(letters.has(id))
  const ids = [...new Set([...wishes.keys(), ...first.keys(), ...letters])]
  return {
    accepted: accepted.length,
    effects: history.effects.length,
    duplicates: repeated.reduce((sum, [, count]) => sum + count - 1, 0),
    duplicateIds: repeated.map(([id]) => id),
    lostIds: accepted.filter(({ id }) => ends(id) === 0).map(({ id }) => id),
    goneFromTopics: accepted.filter(({ id }) => !logged.has(id)).map(({ id }) => id),
    outOfOrderIds: outOfOrder(first.values()),
    contradictions: ids.filter((id) => ends(id) > 1 || first.has(id) !== appliedResults.has(id)),
    deadLettered: letters.size,
    deadLetteredInVain: [...letters].filter(sound),
    refused: refused.size,
    unfinishedIntents: history.unfinishedIntents
  }
}
