/** What each rule finds, and what it leaves alone. */
import { assert, describe, it } from "@effect/vitest"
import { laneReport } from "../../runtime/test/serviceReport.ts"
import {
  type AlertFacts,
  type AlertRule,
  type AlertRuleKind,
  defaultRules,
  findAlerts,
  type RuleOf
} from "../src/index.ts"
import { changing, facts, instance } from "./reports.ts"

/** Subjects and details that one built-in rule finds, with some of its settings changed. */
const foundBy = <K extends AlertRuleKind>(
  name: string,
  given: Partial<AlertFacts>,
  changes: Partial<RuleOf<K>> = {}
) => {
  const rule = { ...defaultRules.get(name)!, ...changes } as AlertRule
  return findAlerts(new Map([[name, rule]]), facts(given))
    .get(name)
    ?.map(({ detail, subject }) => [subject, detail])
}

describe("inactive-worker", () => {
  const workers = ["it-worker"]
  const silent = instance({ instance: "old", startedAtMs: 0 }, { active: false, heardAtMs: 70_000 })

  it("finds a process that fell silent, one that is not live, and a worker that nobody runs", () => {
    const stuck = instance({ instance: "stuck", live: false, reason: "it-worker: a handler hangs" })
    assert.deepStrictEqual(
      foundBy("inactive-worker", { instances: [silent, stuck] }, { workers: ["it-worker", "it-other"] }),
      [
        ["it-other", "no process runs it"],
        ["it-service/old", "silent for 30 s: it ended without a word, is cut off, or stands still"],
        ["it-service/stuck", "not live: it-worker: a handler hangs"]
      ]
    )
  })

  it("leaves alone what was replaced under another name, each by one successor", () => {
    const before = instance({ instance: "beside", startedAtMs: 60_000 })
    const after = instance({ instance: "new", startedAtMs: 80_000 })
    const second = instance({ instance: "old-2" }, { active: false, heardAtMs: 71_000 })
    assert.lengthOf(foundBy("inactive-worker", { instances: [silent, before] }, { workers })!, 1)
    assert.lengthOf(foundBy("inactive-worker", { instances: [silent, after] }, { workers })!, 0)
    assert.lengthOf(foundBy("inactive-worker", { instances: [silent, second, after] }, { workers })!, 1)
  })

  it("does not know while no process is known", () => {
    assert.isUndefined(foundBy("inactive-worker", { instances: undefined }))
  })
})

describe("backlog", () => {
  const lane = (changes: Parameters<typeof laneReport>[0], name = "1") =>
    instance({ instance: name, lanes: [laneReport({ lag: 6_000, ...changes })] })

  it("adds the lag of all processes of a worker, and takes the oldest age", () => {
    assert.deepStrictEqual(
      foundBy("backlog", { instances: [lane({ oldestAgeMs: 5_000 }), lane({ oldestAgeMs: 150_000 }, "2")] }),
      [["it-worker: it-orders", "lag 12,000 records, the oldest 3 min old"]]
    )
  })

  it("finds few records that are too old, and says when the lane is paused", () => {
    assert.deepStrictEqual(foundBy("backlog", { instances: [lane({ lag: 1, oldestAgeMs: 301_000, paused: true })] }), [
      ["it-worker: it-orders", "lag 1 records, the oldest 5 min old, paused"]
    ])
  })

  it("judges the critical lane by its own, shorter limits, and leaves silent processes out", () => {
    const critical = [lane({ lane: "critical", lag: 1, oldestAgeMs: 11_000 })]
    assert.lengthOf(foundBy("backlog", { instances: critical })!, 0)
    assert.lengthOf(foundBy("backlog-critical", { instances: critical })!, 1)
    assert.lengthOf(foundBy("backlog-critical", { instances: critical.map((one) => ({ ...one, active: false })) })!, 0)
  })
})

describe("failure-rate and slow-processing", () => {
  it("finds a lane of which a tenth of the last minute's attempts failed, from twenty on", () => {
    const lane = (processed: number, retried: number) => changing({}, { processed, retried })
    assert.deepStrictEqual(foundBy("failure-rate", { instances: [lane(36, 4)] }), [
      ["it-worker: it-orders", "10 % of 40 attempts of the last minute failed"]
    ])
    assert.lengthOf(foundBy("failure-rate", { instances: [lane(37, 3)] })!, 0)
    assert.lengthOf(foundBy("failure-rate", { instances: [lane(8, 8)] })!, 0)
    assert.lengthOf(foundBy("failure-rate", { instances: [lane(9, 2), lane(9, 1)] })!, 1, "both processes together")
  })

  it("finds a lane whose slowest attempts take longer than allowed", () => {
    const times = (counts: ReadonlyArray<number>) =>
      changing(
        { attempts: { count: 0, sumSeconds: 0, counts: [0, 0, 0] } },
        { attempts: { count: 20, sumSeconds: 30, counts } },
        [1, 30]
      )
    assert.deepStrictEqual(foundBy("slow-processing", { instances: [times([18, 2, 0])] }), [
      ["it-worker: it-orders", "95 % of 20 attempts within 30 s, 1.50 s on average"]
    ])
    assert.deepStrictEqual(
      foundBy("slow-processing", { instances: [times([0, 0, 20])] })?.map(([, detail]) => detail),
      ["95 % of 20 attempts within more than 30 s, 1.50 s on average"]
    )
    assert.lengthOf(foundBy("slow-processing", { instances: [times([19, 1, 0])] })!, 0)
  })
})

describe("what processes say of others", () => {
  it("finds dead letters once, however many processes watch them, by the latest look", () => {
    const watching = (atMs: number, open: number) =>
      instance({ instance: `at-${atMs}`, atMs, deadLetters: [{ topic: "orders", open, quarantined: 1 }] })
    assert.deepStrictEqual(foundBy("dead-letters", { instances: [watching(2, 3), watching(1, 9)] }), [
      ["orders", "3 open, 1 quarantined after repeated replays"]
    ])
    assert.lengthOf(foundBy("dead-letters", { instances: [watching(1, 3)] }, { open: 5 })!, 0)
    assert.isUndefined(foundBy("dead-letters", { instances: [instance()] }), "nobody watches")
  })

  it("finds breakers that are not closed, of all processes of a service together", () => {
    const with_ = (name: string, open: number, halfOpen: number) =>
      instance({ instance: name, breakers: [{ kind: "exchange orders", closed: 3, open, halfOpen }] })
    assert.deepStrictEqual(foundBy("breaker-open", { instances: [with_("1", 1, 0), with_("2", 0, 1)] }), [
      ["it-service: exchange orders", "2 of 8 breakers not closed"]
    ])
    assert.lengthOf(foundBy("breaker-open", { instances: [with_("1", 0, 0)] })!, 0)
  })

  it("finds a process that is not ready, but not one that is not live: that is another rule's", () => {
    const waiting = instance({ instance: "waits", ready: false, reason: "no partitions" })
    const stuck = instance({ instance: "stuck", ready: false, live: false })
    assert.deepStrictEqual(foundBy("not-ready", { instances: [waiting, stuck] }), [
      ["it-service/waits", "no partitions"]
    ])
  })
})

describe("the rest", () => {
  it("finds unknown orders and unguarded accounts in their workspaces", () => {
    const given = facts({
      unknownOrders: [{ intentId: "c1.0", workspaceId: "w1", accountId: "ada", action: "close_position" }],
      unguarded: [{ accountId: "ada", workspaceId: "w2", positions: 2 }]
    })
    const found = findAlerts(defaultRules, given)
    assert.deepInclude(found.get("unknown-intent")?.[0], {
      workspaceId: "w1",
      subject: "c1.0",
      detail: "close_position of account ada"
    })
    assert.deepInclude(found.get("unguarded")?.[0], {
      workspaceId: "w2",
      subject: "ada",
      detail: "2 guarded positions"
    })
  })

  it("finds prices that stopped, Kafka that is down, and a channel that takes nothing", () => {
    assert.deepStrictEqual(foundBy("stale-market-data", { nowMs: 100_000, lastTickAtMs: 84_000 }), [
      ["market-ticks", "no tick for 16 s"]
    ])
    assert.lengthOf(foundBy("stale-market-data", { nowMs: 100_000, lastTickAtMs: 86_000 })!, 0)
    assert.deepStrictEqual(foundBy("kafka-down", { kafkaDown: "no broker" }), [["Kafka", "no broker"]])
    const channel = { channel: "slack", waiting: 0, oldestWaitingMs: 0, waitingBecause: undefined, last: undefined }
    const found = foundBy("channel-failing", {
      channels: [
        { ...channel, waiting: 2, oldestWaitingMs: 360_000, waitingBecause: "status 502" },
        { ...channel, channel: "webhook", last: { end: "refused", detail: "status 410", atMs: 1 } },
        { ...channel, channel: "discord", last: { end: "delivered", detail: "taken", atMs: 1 } }
      ]
    })
    assert.deepStrictEqual(found, [
      ["slack", "2 messages wait, the oldest for 6 min: status 502"],
      ["webhook", "status 410"]
    ])
  })

  it("looks only at the subjects that a rule names, less those that it leaves out", () => {
    const instances = ["a-1", "a-2", "b-1"].map((name) => instance({ instance: name, ready: false, reason: "waits" }))
    const found = foundBy("not-ready", { instances }, { only: ["*/a-*"], except: ["it-service/a-2"] })
    assert.deepStrictEqual(
      found?.map(([subject]) => subject),
      ["it-service/a-1"]
    )
  })
})
