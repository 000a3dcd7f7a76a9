import { decodeNote } from "@millrace/runtime"
import type { CheckedWorld, Rule } from "./checkHistory.ts"
import { partitionName, placeName } from "./History.ts"

/** What holds for records, whoever handles them. */
export const deliveryRules = ({ traits }: Pick<CheckedWorld, "traits">): ReadonlyArray<Rule> => [
  commitRule,
  lossRule,
  outcomeOrderRule(traits?.transactional === true),
  repeatRule()
]

const commitRule: Rule = {
  see: (event, before, report) => {
    if (event.type !== "committed" || before.groupOf.get(event.topic) !== event.group) return
    const earlier = before.committed(event.group, partitionName(event))
    if (event.offset < earlier) {
      report("commit_went_back", `${event.group} committed ${placeName(event)} after ${earlier}`)
    }
    const lowest = before.lowestUnsettled(partitionName(event))
    if (lowest !== undefined && lowest < event.offset) {
      report("commit_above_unfinished", `${event.group} committed ${placeName(event)}; ${lowest} is not finished`)
    }
    for (const { from, to } of decodeNote(event.metadata, event.offset).done) {
      for (let offset = from; offset < to; offset++) {
        if (before.keyOf({ ...event, offset }) === undefined || before.settled({ ...event, offset })) continue
        report("note_claims_unfinished", `${event.group} notes ${offset} as done beside ${placeName(event)}; it is not`)
      }
    }
  }
}

const lossRule: Rule = {
  see: () => {},
  end: (after, report) => {
    for (const place of after.unfinished) report("lost", `${place} was accepted and never finished`)
  }
}

/**
 * Outcomes of a key appear in the order of its records; a repeat of one that is finished may come at any time.
 *
 * Of a transactional input only outcomes are refused to a former owner; its dead letters come through, out of order.
 */
const outcomeOrderRule = (transactional: boolean): Rule => ({
  see: (event, before, report) => {
    if (event.type !== "appended" || event.origin === undefined || before.finished(event.origin)) return
    const late =
      transactional && event.reason !== "" && !before.isLatestOwner(event.process, partitionName(event.origin))
    if (late) return
    const key = before.keyOf(event.origin)
    const earlier = key === undefined ? undefined : before.earlierUnfinished(event.origin, key)
    if (earlier !== undefined) {
      report(
        "outcome_out_of_order",
        `${placeName(event)} came of ${placeName(event.origin)} before ${earlier} was done`
      )
    }
  }
})

/** Two records of a topic that come of one and have the same id have the same value. */
const repeatRule = (): Rule => {
  const seen = new Map<string, string>()
  return {
    see: (event, _before, report) => {
      if (event.type !== "appended" || event.origin === undefined || event.id === "") return
      const name = `${event.topic} of ${placeName(event.origin)} id ${event.id}`
      const earlier = seen.get(name)
      if (earlier !== undefined && earlier !== event.value) {
        report("repeat_differs", `${name}: ${earlier}, and again ${event.value}`)
      }
      seen.set(name, event.value)
    }
  }
}
