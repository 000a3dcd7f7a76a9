/** The checker must reject every history in which one promise was broken by hand, and name the promise. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { checkHistory } from "../src/checkHistory.ts"
import type { HistoryEvent } from "../src/History.ts"
import { limits, pipelineInputs } from "../src/pipelineStages.ts"
import { pipelineWorld } from "../src/pipelineWorld.ts"

const check = (events: ReadonlyArray<HistoryEvent>) => checkHistory(events, { inputs: pipelineInputs, ...limits })

type Type = HistoryEvent["type"]
type Of<T extends Type> = HistoryEvent & { readonly type: T }

const isOf =
  <T extends Type>(type: T) =>
  (event: HistoryEvent): event is Of<T> =>
    event.type === type

/** Histories of sound runs, without faults so that nothing covers a corruption up. */
const sound = ["1", "2", "3"].map((seed) => pipelineWorld.run(seed, []).history.events)

const inputTopics = pipelineInputs.flatMap(({ topics }) => topics)

/** Changes one event of a sound history; undefined when there is none to change. */
type Corruption = (events: ReadonlyArray<HistoryEvent>, pick: number) => ReadonlyArray<HistoryEvent> | undefined

const change =
  <T extends Type>(
    type: T,
    wanted: (event: Of<T>, events: ReadonlyArray<HistoryEvent>) => boolean,
    replace: (event: Of<T>, events: ReadonlyArray<HistoryEvent>) => ReadonlyArray<HistoryEvent>
  ): Corruption =>
  (events, pick) => {
    const found = events.flatMap((event, index) => (isOf(type)(event) && wanted(event, events) ? [index] : []))
    if (found.length === 0) return undefined
    const at = found[Math.abs(pick) % found.length]!
    return [...events.slice(0, at), ...replace(events[at] as Of<T>, events), ...events.slice(at + 1)]
  }

const always = () => true
const samePlace = (one: { topic: string; partition: number; offset: number }, other: typeof one) =>
  one.topic === other.topic && one.partition === other.partition && one.offset === other.offset

const corruptions: Record<string, { readonly rules: ReadonlyArray<string>; readonly corrupt: Corruption }> = {
  "an outcome that was never written": {
    rules: ["lost", "commit_above_unfinished", "started_out_of_order", "outcome_out_of_order"],
    corrupt: change(
      "appended",
      ({ origin }) => origin !== undefined,
      () => []
    )
  },
  "a commit one too far": {
    rules: ["commit_above_unfinished"],
    corrupt: (events, pick) => {
      const first = events.findIndex((event) => event.type === "started")
      const started = events[first] as Of<"started">
      const group = pipelineInputs.find(({ topics }) => topics.includes(started.topic))!.group
      const { offset, partition, topic } = started
      const early: HistoryEvent = {
        at: started.at,
        process: "",
        type: "committed",
        group,
        topic,
        partition,
        offset: offset + 1,
        metadata: ""
      }
      void pick
      return [...events.slice(0, first), early, ...events.slice(first)]
    }
  },
  "a commit that goes back": {
    rules: ["commit_went_back"],
    corrupt: change(
      "committed",
      ({ offset }) => offset > 1,
      (event) => [event, { ...event, offset: event.offset - 1 }]
    )
  },
  "a second record of a key at the same time": {
    rules: ["two_of_a_key"],
    corrupt: change("started", always, (event) => [event, { ...event, attempt: event.attempt + 1 }])
  },
  "a record that starts again though it is done": {
    rules: ["replayed_finished", "replayed_committed", "replayed_noted", "two_of_a_key", "started_while_giving_back"],
    corrupt: change(
      "ended",
      ({ result }) => result === "done",
      (event) => [event, { ...event, type: "started", lane: 1, attempt: 1 }]
    )
  },
  "an outcome of a partition that was given back": {
    rules: ["sent_after_loss"],
    corrupt: change(
      "sending",
      ({ origin }) => origin !== undefined && inputTopics.includes(origin.topic),
      (event, events) => {
        const group = pipelineInputs.find(({ topics }) => topics.includes(event.origin!.topic))!.group
        const held = events.findLast(
          (one) => one.type === "assigned" && one.process === event.process
        ) as Of<"assigned">
        return [{ at: event.at, process: event.process, type: "released", group, epoch: held.epoch }, event]
      }
    )
  },
  "a handler that is interrupted for nothing": {
    rules: ["interrupted_early"],
    corrupt: change(
      "ended",
      (event, events) => {
        const began = events.findLast((one) => one.type === "started" && samePlace(one, event) && one.at <= event.at)
        return event.result === "done" && began !== undefined && event.at - began.at < limits.timeoutMs
      },
      (event) => [{ ...event, result: "interrupted" }]
    )
  },
  "a repeat with another value": {
    rules: ["repeat_differs"],
    corrupt: change(
      "appended",
      ({ id, origin }) => origin !== undefined && id !== "",
      (event) => [event, { ...event, offset: event.offset, value: `${event.value} ` }]
    )
  },
  "a note of something done that is not": {
    rules: ["note_claims_unfinished"],
    corrupt: (events) => {
      const at = events.findIndex((event) => event.type === "started" && event.offset === 0)
      const { partition, topic } = events[at] as Of<"started">
      const group = pipelineInputs.find(({ topics }) => topics.includes(topic))!.group
      // The run lengths 0, 1: the first record above the commit is done.
      const metadata = `m1 done=${Buffer.from([0, 1]).toString("base64")}`
      const note: HistoryEvent = {
        at: events[at]!.at,
        process: "",
        type: "committed",
        group,
        topic,
        partition,
        offset: 0,
        metadata
      }
      return [...events.slice(0, at), note, ...events.slice(at)]
    }
  }
}

/** @guarantee records: Order, commits and ownership hold when processes are killed, stopped, frozen or cut off and the broker fails, is slow or loses answers */
it("accepts sound histories", () => {
  for (const events of sound) assert.deepStrictEqual(check(events), [])
})

/** @guarantee records: Order, commits and ownership hold when processes are killed, stopped, frozen or cut off and the broker fails, is slow or loses answers */
describe("rejects", () => {
  for (const [name, { corrupt, rules }] of Object.entries(corruptions)) {
    it.effect.prop(
      name,
      { history: Schema.Literals([0, 1, 2]), pick: Schema.Int },
      ({ history, pick }) =>
        Effect.sync(() => {
          const corrupted = corrupt(sound[history]!, pick)
          assert.isDefined(corrupted, "there is something to corrupt")
          const found = check(corrupted!).map(({ rule }) => rule)
          assert.isTrue(
            found.some((rule) => rules.includes(rule)),
            `found ${found.join(", ") || "nothing"}, expected one of ${rules.join(", ")}`
          )
        }),
      { arbitrary: { runs: 60 } }
    )
  }

  it("a lower lane that is served while an urgent record could run", () => {
    const base = { process: "sim-shaper.1#1", partition: 0 }
    const record = (topic: string, offset: number, lane: number) => ({
      topic,
      partition: 0,
      offset,
      key: `${topic}/${offset}`,
      lane
    })
    const urgent = record("sim-orders.critical", 0, 0)
    const others = [0, 1].map((offset) => record("sim-orders.low", offset, 2))
    const start = (at: number, one: typeof urgent): HistoryEvent => ({
      ...base,
      ...one,
      at,
      type: "started",
      attempt: 1
    })
    const events: ReadonlyArray<HistoryEvent> = [
      { ...base, at: 0, type: "delivered", records: others },
      start(0, others[0]!),
      { ...base, at: 10, type: "delivered", records: [urgent] },
      start(20, others[1]!),
      start(30, urgent)
    ]
    assert.include(
      check(events).map(({ rule }) => rule),
      "lane_passed_over"
    )
    const inTime = [...events.slice(0, 3), start(20, urgent), start(20, others[1]!), start(30, record("x", 0, 0))]
    assert.notInclude(
      check(inTime).map(({ rule }) => rule),
      "lane_passed_over"
    )
  })
})
