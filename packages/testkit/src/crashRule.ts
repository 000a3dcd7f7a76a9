import type { Rule } from "./checkHistory.ts"
import { partitionName, placeName } from "./History.ts"
import type { Progress } from "./Progress.ts"

/** Ends of the process that a deadly record needs at most, when no fault ends or expels one in between. */
const mostDeaths = 4
/** Ends with a record alone after which it is blamed. */
const endsAlone = 2

/** The time in which a process holds a partition. */
interface Tenure {
  readonly process: string
  readonly began: Set<string>
  diedOf: string | undefined
}

/**
 * A record that ends its process is set aside as such after a few ends; no other is blamed for it.
 *
 * An end that a fault brought, or a session that it ended, can't be told from one that a record brought which had begun: such ends
 * may be blamed. So may the death of a record that nobody had reason to be careful with, for such records run beside suspects; the
 * death of any other may not.
 */
export const crashRule = (): Rule => {
  const deaths = new Map<string, number>()
  const blamed = new Set<string>()
  const tenures = new Map<string, Tenure>()
  const cutOff = new Map<string, number>()
  let disturbances = 0
  /** A new owner of a partition finds out how the one before ended. */
  const follow = (partition: string, process: string, before: Progress) => {
    const last = tenures.get(partition)
    tenures.set(partition, { process, began: new Set(), diedOf: undefined })
    if (last === undefined || !before.isOpen(partition)) return
    for (const place of last.began) {
      const blameless = last.diedOf !== undefined && last.diedOf !== place
      if (!blameless) cutOff.set(place, (cutOff.get(place) ?? 0) + 1)
    }
  }
  return {
    see: (event, before, report) => {
      if (event.type === "fault") disturbances += 1
      if (event.type === "assigned")
        for (const { partition } of event.partitions) follow(partition, event.process, before)
      if (event.type === "started") {
        const tenure = tenures.get(partitionName(event))
        if (tenure?.process === event.process) tenure.began.add(placeName(event))
      }
      if (event.type === "died") {
        const place = placeName(event)
        deaths.set(place, (deaths.get(place) ?? 0) + 1)
        const careful = before.holds(event.process, partitionName(event))?.careful === true
        for (const tenure of tenures.values()) {
          if (tenure.process === event.process && careful) tenure.diedOf = place
        }
      }
      if (event.type !== "appended" || event.reason !== "CrashLoop" || event.origin === undefined) return
      const place = placeName(event.origin)
      blamed.add(place)
      const evidence = cutOff.get(place) ?? 0
      if (!deaths.has(place) && evidence < endsAlone) {
        report("innocent_blamed", `${place} is a dead letter as CrashLoop; ${evidence} attempts of it were cut off`)
      }
    },
    end: (_after, report) => {
      for (const [place, count] of deaths) {
        if (!blamed.has(place))
          report("deadly_not_set_aside", `${place} ended ${count} processes and is no dead letter`)
      }
      const ends = [...deaths.values()].reduce((sum, count) => sum + count, 0)
      const most = mostDeaths * deaths.size + disturbances
      if (ends > most)
        report("too_many_deaths", `${deaths.size} deadly records ended ${ends} processes; ${most} at most`)
    }
  }
}
