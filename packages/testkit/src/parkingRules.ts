import type { Rule } from "./checkHistory.ts"
import { partitionName, placeName } from "./History.ts"

/** A parked record is removed only once it is finished; at the end none is left. */
export const parkingRule: Rule = {
  see: (event, before, report) => {
    if (event.type === "unparked" && !before.finished(event)) {
      report("unparked_unfinished", `the tombstone of ${placeName(event)} came before its outcome`)
    }
  },
  end: (after, report) => {
    for (const place of after.parked) report("parked_left", `${place} is parked for ever`)
  }
}

/** Failures of one call count as attempts and nothing else does; the count goes on where the record was parked. */
export const attemptRule = (): Rule => {
  const failed = new Map<string, number>()
  /** The last attempt of a record that failed in a process, under the assignment that it has. */
  const last = new Map<string, number>()
  const running = new Map<string, number>()
  return {
    see: (event, before, report) => {
      if (event.type === "ended" && (event.result === "temporary" || event.result === "interrupted")) {
        failed.set(placeName(event), (failed.get(placeName(event)) ?? 0) + 1)
      }
      if (event.type === "ended" && event.result === "temporary") {
        const name = `${event.process} ${placeName(event)}`
        last.set(name, running.get(name) ?? 0)
      }
      if (event.type === "assigned") {
        for (const name of last.keys()) if (name.startsWith(`${event.process} `)) last.delete(name)
      }
      if (event.type === "parked") {
        const attempt = last.get(`${event.process} ${placeName(event)}`) ?? 0
        if (event.failed < attempt) {
          report("attempt_forgotten", `${placeName(event)} is parked with ${event.failed} failures after ${attempt}`)
        }
      }
      if (event.type !== "started") return
      const place = placeName(event)
      running.set(`${event.process} ${place}`, event.attempt)
      const most = 1 + (failed.get(place) ?? 0)
      if (event.attempt > most) {
        report("attempt_burnt", `${event.process} started ${place} as attempt ${event.attempt}; ${most} at most`)
      }
      const parked = before.holds(event.process, partitionName(event))?.parked.get(place) ?? 0
      if (event.attempt <= parked) {
        report("attempt_forgotten", `${event.process} started ${place} as attempt ${event.attempt} after ${parked}`)
      }
    }
  }
}
