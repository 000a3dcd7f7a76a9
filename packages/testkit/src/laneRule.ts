import type { CheckedWorld, Rule } from "./checkHistory.ts"
import { type HistoryEvent, type Place, placeName } from "./History.ts"

interface Waiting {
  readonly place: string
  readonly key: string
  /** Since when it could run, as far as it is known. */
  sinceMs: number
}

interface Busy {
  readonly place: string
  /** False once its handler has ended. */
  runs: boolean
  /** Its partition was given back while it ran: its key is free when it ends. */
  orphan: boolean
}

/** Most urgent lane of a group in one process. */
interface LaneState {
  /** Records of the most urgent lane that were handed over and have not started, in order. */
  waiting: Array<Waiting>
  /** Keys with a record that runs, whose outcome is on its way, or that waits for its next attempt; and which record. */
  readonly busy: Map<string, Busy>
  /** Starts of higher lanes since the last start of each lane. */
  readonly since: Map<number, number>
}

interface Suspicion {
  readonly process: string
  readonly passed: Waiting
  readonly by: string
  readonly at: number
}

/**
 * A record of the most urgent lane that could run is not passed over by a lower lane's, but once for each share.
 *
 * It could run when it was handed over earlier than now, is the first of its key, and its key neither runs nor waits for
 * another attempt. What is decided at one instant has no order, so only what lies an instant apart is looked at.
 */
export const laneRule = ({ laneShareEvery }: CheckedWorld): Rule => {
  const states = new Map<string, LaneState>()
  let suspicions: Array<Suspicion> = []
  const stateOf = (process: string, group: string | undefined): LaneState => {
    const name = `${process} ${group}`
    const found = states.get(name) ?? { waiting: [], busy: new Map(), since: new Map() }
    states.set(name, found)
    return found
  }
  return {
    see: (event, before, report) => {
      for (const { at, by, passed, process } of suspicions.filter((one) => event.at > one.at)) {
        const waitedMs = at - passed.sinceMs
        report("lane_passed_over", `${process} started ${by} while ${passed.place} could run for ${waitedMs} ms`)
      }
      suspicions = suspicions.filter((one) => event.at <= one.at)
      if (event.type === "released" || event.type === "revoking") {
        if (event.type === "released") release(stateOf(event.process, event.group))
        suspicions = suspicions.filter(({ process }) => process !== event.process)
      }
      if (event.type === "delivered") {
        for (const record of event.records) {
          // One that was finished before may be known as such, and left out. Where care is taken, a record of any lane may have a
          // key and a place and still wait for its mark.
          const group = before.groupOf.get(record.topic)
          if (record.lane !== 0 || before.finished(record) || before.isCareful(event.process, group)) continue
          const state = stateOf(event.process, group)
          state.waiting.push({ place: placeName(record), key: record.key, sinceMs: event.at })
        }
      }
      if (event.type === "started") {
        const state = stateOf(event.process, before.groupOf.get(event.topic))
        suspicions = suspicions.filter(({ passed }) => passed.place !== placeName(event))
        const suspicion = started(state, event, laneShareEvery)
        if (suspicion !== undefined) suspicions.push(suspicion)
      }
      if (event.type === "ended") ended(stateOf(event.process, before.groupOf.get(event.topic)), event, event.at)
      const over = overBy(event)
      if (over !== undefined) freeKey(stateOf(event.process, before.groupOf.get(over.topic)), over, event.at)
    }
  }
}

type Started = Extract<HistoryEvent, { readonly type: "started" }>

/** Takes a start in; returns who was passed over by it, without the right of a share. */
const started = (state: LaneState, event: Started, shareEvery: number): Suspicion | undefined => {
  const place = placeName(event)
  state.waiting = state.waiting.filter((one) => one.place !== place)
  state.busy.set(event.key, { place, runs: true, orphan: false })
  const higher = state.since.get(event.lane) ?? shareEvery
  state.since.set(event.lane, 0)
  for (let lane = event.lane + 1; lane < 8; lane++) state.since.set(lane, (state.since.get(lane) ?? shareEvery) + 1)
  if (event.lane === 0 || higher >= shareEvery) return undefined
  const passed = firstReady(state, event.at)
  return passed === undefined ? undefined : { process: event.process, passed, by: place, at: event.at }
}

const firstReady = ({ busy, waiting }: LaneState, nowMs: number): Waiting | undefined => {
  const seen = new Set<string>()
  for (const one of waiting) {
    if (seen.has(one.key)) continue
    seen.add(one.key)
    if (!busy.has(one.key) && one.sinceMs < nowMs) return one
  }
  return undefined
}

/** The record that is over with this event; one that failed is not, for it may wait for another attempt. */
const overBy = (event: HistoryEvent): Place | undefined => {
  if (event.type === "sent") return event.origin
  return event.type === "ended" && event.result === "refused" ? event : undefined
}

/** Forgets what was handed over; a handler that can't be interrupted keeps its key until it ends. */
const release = (state: LaneState): void => {
  state.waiting = []
  for (const [key, busy] of state.busy) {
    if (busy.runs) busy.orphan = true
    else state.busy.delete(key)
  }
}

const ended = (state: LaneState, over: Place, nowMs: number): void => {
  const place = placeName(over)
  const busy = [...state.busy.values()].find((one) => one.place === place)
  if (busy === undefined) return
  busy.runs = false
  if (busy.orphan) freeKey(state, over, nowMs)
}

const freeKey = (state: LaneState, over: Place, nowMs: number): void => {
  const place = placeName(over)
  const key = [...state.busy].find(([, busy]) => busy.place === place)?.[0]
  if (key === undefined) return
  state.busy.delete(key)
  for (const one of state.waiting) if (one.key === key) one.sinceMs = nowMs
}
