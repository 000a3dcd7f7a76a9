import type { Rule } from "./checkHistory.ts"
import { placeName } from "./History.ts"

/** Readers of committed records see one outcome of each record. */
export const exactlyOnceRule = (): Rule => {
  const seen = new Map<string, string>()
  return {
    see: (event, before, report) => {
      if (event.type !== "appended" || event.origin === undefined || event.reason !== "") return
      if (!before.groupOf.has(event.origin.topic)) return
      const origin = placeName(event.origin)
      const earlier = seen.get(origin)
      if (earlier !== undefined) {
        report("outcome_twice", `${origin} has the outcomes ${earlier} and ${placeName(event)}`)
      }
      seen.set(origin, placeName(event))
    }
  }
}
