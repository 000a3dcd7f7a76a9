/** Topics, records, parked records, timers, schedules and the audit log over a real server and Kafka in memory. */
import { assert, layer } from "@effect/vitest"
import { auditLog, type Decision, decisions } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { outgoing, Publisher } from "@millrace/runtime"
import { ScheduleStore, TimerStore } from "@millrace/store"
import { Effect } from "effect"
import { decision } from "../../history/test/fixtures.ts"
import { addToken, addUser, apiWorld, ask } from "./apiWorld.ts"

const admin = { role: "admin", granted: [] } as const
const viewer = { role: "viewer", granted: [] } as const

const member = Effect.fnUntraced(function* (name: string, workspaceId: string, rights: typeof admin | typeof viewer) {
  const { userId } = yield* addUser(name, workspaceId, rights)
  return yield* addToken(userId, workspaceId, rights)
})

const decisionOf = (accountId: string, ruleId: string): Decision => ({
  ...decision,
  decisionId: `d-${accountId}-${ruleId}`,
  accountId,
  ruleId
})

const put = Effect.fnUntraced(function* (workspaceId: string, accountId: string, rules: ReadonlyArray<string>) {
  const publisher = yield* Publisher
  yield* publisher.publish(
    rules.map((rule) => outgoing(decisions, { key: accountId, value: decisionOf(accountId, rule), workspaceId }))
  )
})

layer(apiWorld(), { excludeTestServices: true })("what lies in the topics", (it) => {
  it.effect("is listed for every topic, with lanes, counts and retention", () =>
    Effect.gen(function* () {
      const token = yield* member("una", "w-una", viewer)
      yield* put("w-una", "una", ["r1", "r2"])
      const { json, status } = yield* ask("/api/topics", { token })
      assert.strictEqual(status, 200)
      const of = (name: string) => json.find((one: { topic: string }) => one.topic === name)
      assert.deepInclude(of("decisions"), {
        system: false,
        hasSchema: true,
        compacted: false,
        retentionMs: 7_776_000_000
      })
      assert.isAtLeast(of("decisions").lanes[0].records, 2)
      assert.deepInclude(of("controls"), { system: true, compacted: true })
      assert.strictEqual(of("payments").parkedTopic, "payments.parked")
    })
  )

  it.effect("is described by the schema of its values, where this version has one", () =>
    Effect.gen(function* () {
      const token = yield* member("sue", "w-sue", viewer)
      const { json, status } = yield* ask("/api/topics/decisions/schema", { token })
      assert.strictEqual(status, 200)
      assert.strictEqual(json.subject, "decisions-value")
      assert.include(json.schema.required, "decisionId")
      assert.strictEqual((yield* ask("/api/topics/payments/schema", { token })).status, 404)
    })
  )

  /**
   * @guarantee operation: Records are shown and searched with decoded values, each workspace its own ones only; system topics to administrators of the installation
   * @how a real server on Kafka in memory, asked as members of two workspaces and of the installation
   */
  it.effect("is shown newest first with decoded values, to its own workspace only", () =>
    Effect.gen(function* () {
      const ann = yield* member("ann", "w1", viewer)
      const bob = yield* member("bob", "w2", admin)
      const ops = yield* member("ops", "system", admin)
      const watcher = yield* member("watcher", "system", viewer)
      yield* put("w1", "a1", ["r1", "r2", "r3", "r4", "r5"])
      yield* put("w2", "b1", ["r1"])
      const rules = (token: string, query = "") =>
        Effect.map(ask(`/api/topics/decisions/records?${query}`, { token }), ({ json, status, text }) => {
          assert.strictEqual(status, 200, text)
          return json.items.map((one: { value: { value: Decision } }) => one.value.value.ruleId)
        })
      assert.deepStrictEqual(yield* rules(ann), ["r5", "r4", "r3", "r2", "r1"])
      assert.deepStrictEqual(yield* rules(ann, "order=oldest&limit=2"), ["r1", "r2"])
      assert.deepStrictEqual(yield* rules(bob), ["r1"])
      assert.deepStrictEqual(yield* rules(bob, "key=a1"), [])
      assert.isAtLeast((yield* rules(ops, "limit=500")).length, 6)
      assert.deepStrictEqual(yield* rules(ann, "field=ruleId&equals=r2"), ["r2"])
      assert.deepStrictEqual(yield* rules(ann, "text=D-A1-R4"), ["r4"])
      const first = yield* ask("/api/topics/decisions/records?limit=3", { token: ann })
      assert.deepInclude(first.json.items[0], { key: "a1", workspaceId: "w1", lane: "normal" })
      assert.deepStrictEqual(yield* rules(ann, `limit=3&after=${first.json.next}`), ["r2", "r1"])
      assert.notInclude(yield* rules(bob, `after=${first.json.next}`), "r2", "a cursor grants nothing")
      const system = (token: string) =>
        Effect.map(ask("/api/topics/controls/records", { token }), ({ status }) => status)
      assert.deepStrictEqual([yield* system(bob), yield* system(watcher), yield* system(ops)], [403, 403, 200])
      assert.strictEqual((yield* ask("/api/topics/nothing/records", { token: ann })).status, 404)
      const wrong = yield* ask("/api/topics/decisions/records?after=x", { token: ann })
      assert.deepStrictEqual([wrong.status, wrong.json.where], [400, "query.after"])
    })
  )

  it.effect("is never shown with a secret, nor found by one", () =>
    Effect.gen(function* () {
      const token = yield* member("eve", "w-eve", viewer)
      const { producer } = yield* KafkaClient
      const { send } = yield* producer({ clientId: "it" })
      const headers = { "workspace-id": "w-eve", authorization: "canary-header" }
      const value = new TextEncoder().encode(JSON.stringify({ apiSecret: "canary-value", note: "plain" }))
      yield* send([{ topic: "payments", key: new TextEncoder().encode("p1"), value, headers }])
      const page = yield* ask("/api/topics/payments/records", { token })
      assert.deepInclude(page.json.items[0].value, {
        _tag: "Undecodable",
        json: { apiSecret: "<redacted>", note: "plain" }
      })
      assert.notInclude(page.text, "canary")
      for (const query of ["text=canary-value", "field=apiSecret&equals=canary-value"])
        assert.lengthOf((yield* ask(`/api/topics/payments/records?${query}`, { token })).json.items, 0, query)
    }).pipe(Effect.scoped)
  )

  it.effect("and is parked shows to its own workspace, by due time", () =>
    Effect.gen(function* () {
      const token = yield* member("pat", "w-pat", viewer)
      const other = yield* member("pia", "w-pia", viewer)
      const { producer } = yield* KafkaClient
      const { send } = yield* producer({ clientId: "it" })
      const encode = (text: string) => new TextEncoder().encode(text)
      const parked = (offset: number, dueMs: number) => ({
        topic: "payments.parked",
        partition: 1,
        key: encode(`payments/1/${offset}`),
        value: encode("{}"),
        headers: {
          "workspace-id": "w-pat",
          "parked-topic": "payments",
          "parked-offset": String(offset),
          "parked-timestamp": "1",
          "parked-due": String(dueMs),
          "parked-failed": "2",
          "parked-why": "Unavailable: the node does not answer",
          "parked-key": encode("hash-1")
        }
      })
      yield* send([parked(7, 900), parked(8, 500), parked(9, 100)])
      yield* send([{ topic: "payments.parked", partition: 1, key: encode("payments/1/9"), value: null }])
      const { json } = yield* ask("/api/parked", { token })
      assert.deepStrictEqual([json.total, json.complete], [2, true])
      assert.deepInclude(json.items[0], { topic: "payments", offset: 8, dueMs: 500, failed: 2, key: "hash-1" })
      const page = (query: string) => Effect.map(ask(`/api/parked?${query}`, { token }), ({ json: found }) => found)
      const first = yield* page("limit=1&topic=payments")
      assert.deepStrictEqual([first.items[0].offset, first.total, first.next], [8, 2, "1"])
      assert.strictEqual((yield* page(`limit=1&after=${first.next}`)).items[0].offset, 7)
      assert.strictEqual((yield* page("topic=webhooks")).total, 0)
      assert.strictEqual(json.items[0].why, "Unavailable: the node does not answer")
      assert.strictEqual((yield* ask("/api/parked", { token: other })).json.total, 0)
    }).pipe(Effect.scoped)
  )
})

layer(apiWorld(), { excludeTestServices: true })("timers, schedules and the audit log", (it) => {
  it.effect("show timers and schedules of the workspace; an operator pauses and resumes", () =>
    Effect.gen(function* () {
      const tim = yield* member("tim", "w1", admin)
      const tom = yield* member("tom", "w2", admin)
      const watcher = yield* member("wes", "w1", viewer)
      const timers = yield* TimerStore
      const schedules = yield* ScheduleStore
      const target = { topic: "background-jobs", key: "k", workspaceId: "w1" }
      const timer = { owner: "job-runner", timerId: "t1", revision: 1, dueAtMs: 4e12, target, payload: {} }
      yield* timers.schedule({ ...timer, skipWhenLaterMs: undefined })
      yield* schedules.put({
        ...{ scheduleId: "s1", owner: "scheduler", cron: "0 23 * * 0", timeZone: "UTC", missed: "once" },
        ...{ missedLimit: 1, graceMs: 0, target, payload: {} }
      })
      const listed = yield* ask("/api/timers", { token: tim })
      assert.deepInclude(listed.json.items[0], {
        timerId: "t1",
        state: "waiting",
        topic: "background-jobs",
        dueAtMs: 4e12
      })
      assert.deepStrictEqual((yield* ask("/api/timers", { token: tom })).json, { items: [], total: 0 })
      const schedule = Effect.map(ask("/api/schedules", { token: tim }), ({ json }) => json[0])
      assert.deepInclude(yield* schedule, { scheduleId: "s1", enabled: true, cron: "0 23 * * 0" })
      assert.property(yield* schedule, "nextAtMs")
      assert.deepStrictEqual((yield* ask("/api/schedules", { token: tom })).json, [])
      const pause = (token: string) => ask("/api/schedules/s1/pause", { method: "POST", token })
      assert.deepStrictEqual([(yield* pause(watcher)).status, (yield* pause(tom)).status], [403, 404])
      assert.deepInclude((yield* pause(tim)).json, { scheduleId: "s1", enabled: false })
      assert.notProperty(yield* schedule, "nextAtMs")
      const resumed = yield* ask("/api/schedules/s1/resume", { method: "POST", token: tim })
      assert.deepInclude(resumed.json, { enabled: true })
    })
  )

  it.effect("read the audit log back by actor, action, subject and time, page by page", () =>
    Effect.gen(function* () {
      const aud = yield* member("aud", "w-audit", viewer)
      const other = yield* member("oth", "w-other", viewer)
      const ops = yield* member("opa", "system", viewer)
      const publisher = yield* Publisher
      const entry = (n: number, workspaceId: string) =>
        outgoing(auditLog, {
          key: workspaceId,
          workspaceId,
          value: {
            auditId: `e${n}`,
            workspaceId,
            actor: n % 2 === 0 ? "ann" : "margin-monitor",
            action: n < 3 ? "rule_stored" : "dead_letters_replay_begun",
            accountId: `a${n}`,
            details: { key: `rule/a${n}/r1` },
            atMs: n
          }
        })
      for (let n = 1; n <= 5; n += 1) yield* publisher.publish([entry(n, "w-audit")])
      yield* publisher.publish([entry(9, "w-other")])
      const ids = (token: string, query = "") =>
        Effect.map(ask(`/api/audit?${query}`, { token }), ({ json, text, status }) => {
          assert.strictEqual(status, 200, text)
          return json.items.map((one: { auditId: string }) => one.auditId)
        })
      assert.deepStrictEqual(yield* ids(aud), ["e5", "e4", "e3", "e2", "e1"])
      assert.deepStrictEqual(yield* ids(aud, "actor=ann"), ["e4", "e2"])
      assert.deepStrictEqual(yield* ids(aud, "action=dead_letters_*&order=oldest"), ["e3", "e4", "e5"])
      assert.deepStrictEqual(yield* ids(aud, "subject=a2"), ["e2"])
      assert.deepStrictEqual(yield* ids(aud, "toMs=1"), [])
      const page = yield* ask("/api/audit?limit=2", { token: aud })
      assert.deepStrictEqual(yield* ids(aud, `limit=2&after=${page.json.next}`), ["e3", "e2"])
      assert.deepStrictEqual(yield* ids(other), ["e9"])
      assert.isAtLeast((yield* ids(ops)).length, 6)
    })
  )
})
