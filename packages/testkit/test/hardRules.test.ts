/** The checker must reject histories of parked, deadly, transactional and waiting records in which one promise was broken. */
import { assert, describe, it } from "@effect/vitest"
import { checkHistory } from "../src/checkHistory.ts"
import type { HistoryEvent } from "../src/History.ts"
import { type PipelineTraits, plainTraits } from "../src/PipelineTraits.ts"
import { limits, pipelineInputs } from "../src/pipelineStages.ts"
import { hardWorlds } from "../src/pipelineWorld.ts"

type Events = ReadonlyArray<HistoryEvent>

/** Histories without faults, so that nothing covers a corruption up; enough of them that each kind of event is there. */
const sound = (name: string): ReadonlyArray<Events> => {
  const world = hardWorlds.find((one) => one.name === name)!
  return ["1", "2", "3", "4", "5"].map((seed) => world.run(seed, []).history.events)
}

const traits: Record<string, PipelineTraits> = {
  parking: { ...plainTraits, parked: true, laneHolds: true },
  deadly: { ...plainTraits, deadly: true },
  transactional: { ...plainTraits, transactional: true, parked: true }
}

const rulesBroken = (name: string, events: Events) =>
  checkHistory(events, { inputs: pipelineInputs, ...limits, traits: traits[name]! }).map(({ rule }) => rule)

/** Replaces the first event that `replace` has something else for. */
const corrupted = (events: Events, replace: (event: HistoryEvent, index: number) => Events | undefined): Events => {
  for (const [index, event] of events.entries()) {
    const other = replace(event, index)
    if (other !== undefined) return [...events.slice(0, index), ...other, ...events.slice(index + 1)]
  }
  return events
}

const isOutcome = (event: HistoryEvent) =>
  event.type === "appended" && event.origin !== undefined && event.reason === ""

const cases: ReadonlyArray<{
  readonly world: string
  readonly what: string
  readonly rules: ReadonlyArray<string>
  readonly replace: (event: HistoryEvent, index: number, events: Events) => Events | undefined
}> = [
  {
    world: "parking",
    what: "a tombstone before its outcome",
    rules: ["unparked_unfinished"],
    replace: (event) => (event.type === "parked" ? [event, { ...event, type: "unparked" }] : undefined)
  },
  {
    world: "parking",
    what: "a tombstone that is never written",
    rules: ["parked_left"],
    replace: (event) => (event.type === "unparked" ? [] : undefined)
  },
  {
    world: "parking",
    what: "an attempt that a wait used up",
    rules: ["attempt_burnt"],
    replace: (event) => (event.type === "started" ? [{ ...event, attempt: event.attempt + 1 }] : undefined)
  },
  {
    world: "parking",
    what: "a failure that is forgotten as the record is parked",
    rules: ["attempt_forgotten"],
    replace: (event) => (event.type === "parked" && event.failed > 0 ? [{ ...event, failed: 0 }] : undefined)
  },
  {
    world: "parking",
    what: "a second question while one asks",
    rules: ["asked_side_by_side"],
    replace: (event, index, events) => {
      if (event.type !== "started") return undefined
      const same = (one: HistoryEvent) =>
        "topic" in one && one.topic === event.topic && one.process === event.process && one.type === "ended"
      const from = events.slice(0, index).findLastIndex(same)
      const before = events[from]
      const others = events
        .slice(from, index)
        .filter(({ process, type }) => process === event.process && type !== "started")
      const held = before?.type === "ended" && before.result === "down" && others.length === 1
      return held ? [event, { ...event, key: "another", offset: 999 }] : undefined
    }
  },
  {
    world: "deadly",
    what: "another record that is blamed",
    rules: ["innocent_blamed"],
    replace: (event) =>
      event.type === "appended" && !["", "CrashLoop"].includes(event.reason)
        ? [{ ...event, reason: "CrashLoop" }]
        : undefined
  },
  {
    world: "deadly",
    what: "a deadly record that is set aside as something else",
    rules: ["deadly_not_set_aside"],
    replace: (event) =>
      event.type === "appended" && event.reason === "CrashLoop" ? [{ ...event, reason: "Other" }] : undefined
  },
  {
    world: "deadly",
    what: "processes that end for ever",
    rules: ["too_many_deaths"],
    replace: (event) => (event.type === "died" ? Array.from({ length: 40 }, () => event) : undefined)
  },
  {
    world: "transactional",
    what: "an outcome that is committed twice",
    rules: ["outcome_twice"],
    replace: (event) =>
      isOutcome(event) && event.type === "appended" ? [event, { ...event, offset: event.offset + 1_000 }] : undefined
  }
]

/** @guarantee records: Long waits, records that end processes, transactions and lanes that wait keep their promises under the same faults */
describe("rejects", () => {
  for (const { replace, rules, what, world } of cases) {
    it(`${what} (${world})`, () => {
      const changed = sound(world)
        .map((events) => ({ events, other: corrupted(events, (event, index) => replace(event, index, events)) }))
        .filter(({ events, other }) => other !== events)
      assert.isAbove(changed.length, 0, "there is something to corrupt")
      for (const { events, other } of changed) {
        assert.deepStrictEqual(rulesBroken(world, events), [])
        const found = rulesBroken(world, other)
        assert.isTrue(
          found.some((rule) => rules.includes(rule)),
          `found ${found.join(", ") || "nothing"}`
        )
      }
    })
  }
})
