import { assert, describe, it } from "@effect/vitest"
import { type History, judgeHistory } from "@millrace/chaos"

type Sent = History["sent"][number]
type Effect = History["effects"][number]

const sent = (n: number, wish: Sent["wish"] = "effect", acknowledged = true): Sent => ({
  id: `job-${n}`,
  key: "k",
  lane: "normal",
  n,
  wish,
  sentAtMs: n,
  acknowledged
})

const effect = (n: number, lane = "normal"): Effect => ({
  id: `job-${n}`,
  key: "k",
  lane,
  partition: 0,
  n,
  sentAtMs: n,
  signedAtMs: n,
  fence: 1,
  worker: "w",
  atMs: n
})

const applied = (n: number) => ({ id: `job-${n}`, status: "applied" as const })

const good: History = {
  sent: [sent(1), sent(2), sent(3, "failure"), sent(4, "refusal")],
  logged: [1, 2, 3, 4].map((n) => ({ id: `job-${n}` })),
  results: [applied(1), applied(2), { id: "job-4", status: "refused" }],
  deadLetters: [{ id: "job-3", origin: "t/0/2", tag: "NeverWorks" }],
  effects: [effect(1), effect(2)],
  unfinishedIntents: 0
}

describe("a history", () => {
  it("in which each job came to one end has nothing to blame", () => {
    const { accepted, deadLettered, effects, refused, ...rest } = judgeHistory(good)
    assert.deepStrictEqual([accepted, effects, refused, deadLettered], [4, 2, 1, 1])
    assert.deepStrictEqual(rest, {
      duplicates: 0,
      duplicateIds: [],
      lostIds: [],
      goneFromTopics: [],
      outOfOrderIds: [],
      contradictions: [],
      deadLetteredInVain: [],
      unfinishedIntents: 0
    })
  })

  it("counts effects beyond the first of an id as duplicates, and not as out of order", () => {
    const found = judgeHistory({ ...good, effects: [effect(1), effect(2), effect(1), effect(1)] })
    assert.strictEqual(found.duplicates, 2)
    assert.deepStrictEqual(found.duplicateIds, ["job-1"])
    assert.deepStrictEqual(found.outOfOrderIds, [])
  })

  it("calls lost what was acknowledged and came to no end, and only that", () => {
    const unsure = sent(6, "effect", false)
    const found = judgeHistory({
      ...good,
      sent: [...good.sent, sent(5), unsure],
      logged: [...good.logged, { id: "job-5" }]
    })
    assert.deepStrictEqual(found.lostIds, ["job-5"])
    assert.deepStrictEqual(found.goneFromTopics, [])
  })

  it("tells of an acknowledged record that the topics do not have", () => {
    assert.deepStrictEqual(judgeHistory({ ...good, logged: good.logged.slice(1) }).goneFromTopics, ["job-1"])
  })

  it("sees a first effect that came after a later one of its key and lane", () => {
    assert.deepStrictEqual(judgeHistory({ ...good, effects: [effect(2), effect(1)] }).outOfOrderIds, ["job-1"])
    assert.deepStrictEqual(judgeHistory({ ...good, effects: [effect(2), effect(1, "low")] }).outOfOrderIds, [])
  })

  it("sees two ends of one job, an effect without a result, and a result without an effect", () => {
    const letter = { id: "job-1", origin: "t/0/0", tag: "HandlerTimedOut" }
    const twice = judgeHistory({ ...good, deadLetters: [...good.deadLetters, letter] })
    assert.deepStrictEqual(twice.contradictions, ["job-1"])
    assert.deepStrictEqual(twice.deadLetteredInVain, ["job-1"])
    assert.deepStrictEqual(judgeHistory({ ...good, results: good.results.slice(1) }).contradictions, ["job-1"])
    assert.deepStrictEqual(judgeHistory({ ...good, results: [...good.results, applied(3)] }).contradictions, ["job-3"])
  })
})
