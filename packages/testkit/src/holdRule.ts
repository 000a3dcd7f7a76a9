import type { Rule } from "./checkHistory.ts"
import { partitionName, placeName } from "./History.ts"

/** A lane of a process that waits for its dependency. */
interface Hold {
  readonly sinceMs: number
  asked: number
  probing: string | undefined
}

/** Questions in the first seconds, and then one for each of these times: waits double up to 5 s. */
const firstQuestions = 8
const questionEveryMs = 5_000

/** While a lane's dependency is down one record at a time asks for it, ever more rarely. */
export const holdRule = (concurrency: number): Rule => {
  const holds = new Map<string, Hold>()
  const forget = (process: string) => {
    for (const name of holds.keys()) if (name.startsWith(`${process} `)) holds.delete(name)
  }
  return {
    see: (event, before, report) => {
      if (event.type === "assigned" || event.type === "released" || event.type === "died") forget(event.process)
      if (event.type === "ended_process") forget(event.process)
      if (event.type === "sent" && event.origin !== undefined) holds.delete(`${event.process} ${event.origin.topic}`)
      if (event.type !== "started" && event.type !== "ended") return
      const lane = `${event.process} ${event.topic}`
      const hold = holds.get(lane)
      const place = placeName(event)
      if (event.type === "ended") {
        if (event.result !== "down") holds.delete(lane)
        else if (hold === undefined) holds.set(lane, { sinceMs: event.at, asked: 0, probing: undefined })
        else if (hold.probing === place) hold.probing = undefined
      } else if (hold !== undefined) {
        // One that waited for a mark, or for its count to be written, had its place before the lane was held.
        const late = before.isParked(event) || before.holds(event.process, partitionName(event))?.careful === true
        if (hold.probing !== undefined && !late) {
          report("asked_side_by_side", `${lane}: ${place} started while ${hold.probing} asks, since ${hold.sinceMs}`)
        }
        hold.probing = place
        hold.asked += 1
        const most = concurrency + firstQuestions + (event.at - hold.sinceMs) / questionEveryMs
        if (hold.asked > most) {
          report("asked_too_often", `${lane}: asked ${hold.asked} times in ${event.at - hold.sinceMs} ms`)
        }
      }
    }
  }
}
