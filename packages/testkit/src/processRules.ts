import type { CheckedWorld, Rule } from "./checkHistory.ts"
import { partitionName, placeName } from "./History.ts"

/** What holds for each process by itself. */
export const processRules = (world: CheckedWorld): ReadonlyArray<Rule> => [
  startOrderRule(world),
  oneOfAKeyRule(),
  ownershipRule,
  replayRule(),
  ...(world.finishedByHolder ? [lastCommitRule()] : []),
  ...givingBackRules(world)
]

/**
 * A record starts only when the earlier ones of its key are finished, whoever finished them.
 *
 * The outcomes of a former owner of a transactional input are refused, so that what it goes on with is not looked at.
 */
const startOrderRule = ({ traits }: CheckedWorld): Rule => ({
  see: (event, before, report) => {
    if (event.type !== "started") return
    if (traits?.transactional === true && !before.isLatestOwner(event.process, partitionName(event))) return
    const earlier = before.earlierUnfinished(event, event.key)
    if (earlier !== undefined) {
      report(
        "started_out_of_order",
        `${event.process} started ${placeName(event)}; ${earlier} of ${event.key} is not done`
      )
    }
  }
})

const oneOfAKeyRule = (): Rule => {
  const running = new Map<string, string>()
  return {
    see: (event, before, report) => {
      if (event.type !== "started" && event.type !== "ended") return
      const key = `${event.process} ${before.groupOf.get(event.topic)} ${event.key}`
      const other = running.get(key)
      if (event.type === "ended") running.delete(key)
      else {
        if (other !== undefined) report("two_of_a_key", `${key}: ${placeName(event)} started while ${other} ran`)
        running.set(key, placeName(event))
      }
    }
  }
}

/** A process that knows that a partition is not its own sends nothing that came of its records. */
const ownershipRule: Rule = {
  see: (event, before, report) => {
    if (event.type !== "sending" || event.origin === undefined || !before.groupOf.has(event.origin.topic)) return
    if (before.holds(event.process, partitionName(event.origin)) === undefined) {
      report(
        "sent_after_loss",
        `${event.process} sent to ${event.topic} for ${placeName(event.origin)}, which it gave back`
      )
    }
  }
}

/** What was committed before an assignment, and what is finished under it, does not start (again). */
const replayRule = (): Rule => {
  const done = new Map<string, Set<string>>()
  return {
    see: (event, before, report) => {
      if (event.type === "assigned") done.delete(event.process)
      if (event.type === "ended" && (event.result === "done" || event.result === "refused")) {
        const places = done.get(event.process) ?? new Set()
        done.set(event.process, places.add(placeName(event)))
      }
      if (event.type !== "started") return
      if (done.get(event.process)?.has(placeName(event)) === true) {
        report("replayed_finished", `${event.process} started ${placeName(event)} again under the same assignment`)
      }
      const held = before.holds(event.process, partitionName(event))
      if (held?.parked.has(placeName(event)) === true) return
      if (held !== undefined && event.offset < held.committed) {
        report(
          "replayed_committed",
          `${event.process} started ${placeName(event)}; ${held.committed} was committed before`
        )
      }
      if (held?.done.some(({ from, to }) => from <= event.offset && event.offset < to) === true) {
        report("replayed_noted", `${event.process} started ${placeName(event)}, which the commit noted as done`)
      }
    }
  }
}

/** Faults that leave every commit possible, and every finished record with the one who finished it. */
const harmless: ReadonlyArray<string> = ["stop", "rebalance", "retention", "compaction"]

/** Who gives a partition back without any trouble has committed all that is finished. */
const lastCommitRule = (): Rule => {
  let troubled = false
  return {
    see: (event, before, report) => {
      if (event.type === "fault" && !harmless.includes(event.kind)) troubled = true
      if (event.type === "ended_process" && event.how !== "asked to stop" && event.how !== "stopped") troubled = true
      if (event.type !== "released" || troubled) return
      for (const partition of before.heldBy(event.process, event.group)) {
        const finished = before.lowestUnsettled(partition) ?? before.end(partition)
        const committed = before.committed(event.group, partition)
        if (committed < finished) {
          report("finished_not_committed", `${event.process} gave ${partition} back at ${committed} of ${finished}`)
        }
      }
    }
  }
}

/** Nothing starts while a process gives back, and nothing is interrupted before its time-out or the drain time. */
const givingBackRules = ({ drainMs, timeoutMs }: CheckedWorld): ReadonlyArray<Rule> => {
  const asked = new Map<string, number>()
  const startedAt = new Map<string, number>()
  return [
    {
      see: (event, before, report) => {
        if (event.type === "revoking") asked.set(`${event.process} ${event.group}`, event.at)
        if (event.type === "assigned") asked.delete(`${event.process} ${event.group}`)
        if (event.type !== "started" && event.type !== "ended") return
        const askedAt = asked.get(`${event.process} ${before.groupOf.get(event.topic)}`)
        const name = `${event.process} ${placeName(event)}`
        if (event.type === "started") {
          startedAt.set(name, event.at)
          // One that is parked began when its count was written.
          if (askedAt !== undefined && event.at > askedAt && !before.isParked(event)) {
            report("started_while_giving_back", `${name} started ${event.at - askedAt} ms after it was asked`)
          }
        } else if (event.result === "interrupted") {
          const ranMs = event.at - (startedAt.get(name) ?? 0)
          const drained = askedAt !== undefined && event.at - askedAt >= drainMs
          if (ranMs < timeoutMs && !drained) report("interrupted_early", `${name} was interrupted after ${ranMs} ms`)
        }
      }
    }
  ]
}
