/** The endpoints of the replaced systems over a real server: their shapes, their permissions, and what they really do. */
import { assert, layer } from "@effect/vitest"
import { type Rights, type TopicContract, TopicsFile } from "@millrace/contracts"
import { DeadLetterBox } from "@millrace/runtime"
import { ControlStore, ScheduleStore, TimerStore } from "@millrace/store"
import { Effect, Layer } from "effect"
import { laneReport, serviceReport } from "../../runtime/test/serviceReport.ts"
import { type AskedJob, JobDomains } from "../src/index.ts"
import { laneOfPriority } from "../src/workQueues.ts"
import { addToken, addUser, apiWorld, ask } from "./apiWorld.ts"
import { hook, hooks, receive } from "./receivedHooks.ts"
import { setAside } from "./setAside.ts"
import { ToldReports } from "./testKafka.ts"

const viewer: Rights = { role: "viewer", granted: [] }
const operator: Rights = { role: "operator", granted: ["replay"] }
const webhooks = hooks as TopicContract<unknown>

const member = Effect.fnUntraced(function* (name: string, workspaceId: string, rights: Rights = operator) {
  const { userId } = yield* addUser(name, workspaceId, rights)
  return yield* addToken(userId, workspaceId, rights)
})

const letter = (n: number, workspaceId: string) => ({ key: `hook-${n}`, value: hook(n), workspaceId })

layer(apiWorld(), { excludeTestServices: true })("the endpoints of the replaced systems", (it) => {
  /**
   * @guarantee operation: Old clients of `/api/queue/stats` get the shape that they know, with their own workspace's failed and delayed jobs
   * @how a real server; records, dead letters and timers of two workspaces
   */
  it.effect("show the queues in the old shape, failed and delayed jobs of the workspace only", () =>
    Effect.gen(function* () {
      const token = yield* member("ann", "w-ann", viewer)
      yield* receive("w-ann", [1, 2, 3])
      yield* setAside(webhooks, [letter(4, "w-ann"), letter(5, "w-bob"), letter(6, "w-bob")])
      const timers = yield* TimerStore
      for (const workspaceId of ["w-ann", "w-bob"])
        yield* timers.schedule({
          owner: "flow-runner",
          timerId: `t-${workspaceId}`,
          revision: 1,
          dueAtMs: Number.MAX_SAFE_INTEGER,
          target: { topic: "webhooks", key: "hook-1", workspaceId },
          payload: {},
          skipWhenLaterMs: undefined
        })
      const { json, status, text } = yield* ask("/api/queue/stats", { token })
      assert.strictEqual(status, 200, text)
      assert.strictEqual(json.status, "success")
      const webhook = { waiting: 3, active: 0, completed: 0, failed: 1, delayed: 1, activeJobs: [] }
      assert.deepStrictEqual(json.data.queues.webhook, webhook)
      assert.includeMembers(Object.keys(json.data.queues), ["notification", "payment", "certification", "background"])
      assert.deepInclude(json.data.summary, { totalWaiting: 3, totalActive: 0, totalCompleted: 0, totalFailed: 1 })
      const all = yield* member("root", "system", { role: "admin", granted: [] })
      const seen = (yield* ask("/api/queue/stats", { token: all })).json.data.queues.webhook
      assert.deepInclude(seen, { failed: 3, delayed: 2 })
    })
  )

  it.effect("answer errors as old clients read them, whoever refuses", () =>
    Effect.gen(function* () {
      const token = yield* member("vic", "w-vic", viewer)
      const able = yield* member("vera", "w-vic")
      const asked = [
        [401, yield* ask("/api/queue/stats")],
        [403, yield* ask("/api/queue/clean", { token, json: {} })],
        [400, yield* ask("/api/admin/workers?action=reboot", { token })],
        [400, yield* ask("/api/admin/workers", { token: able, body: "{" })],
        [404, yield* ask("/api/queue/unknown", { token })]
      ] as const
      for (const [status, answer] of asked) {
        assert.deepStrictEqual([answer.status, answer.json?.status], [status, "error"], answer.text)
        assert.include(answer.json.message, answer.json.whatToDo)
      }
      assert.notProperty((yield* ask("/api/topics")).json, "status", "other endpoints have one shape only")
    })
  )

  it.effect("clean what failed before the grace, of the workspace and queue only, without a body as well", () =>
    Effect.gen(function* () {
      const token = yield* member("cid", "w-cid")
      yield* setAside(webhooks, [letter(11, "w-cid"), letter(12, "w-dan")])
      const completed = yield* ask("/api/queue/clean", { token, json: { type: "completed" } })
      assert.deepStrictEqual(completed.json.data, { cleaned: { webhook: { completed: 0, failed: 0 } }, jobs: [] })
      const none = yield* ask("/api/queue/clean", { token, json: { queueName: "notifications", grace: 0 } })
      assert.deepStrictEqual(none.json.data.cleaned, { notification: { completed: 0, failed: 0 } })
      const cleaned = yield* ask("/api/queue/clean", { token, method: "POST" })
      assert.strictEqual(cleaned.json?.data.cleaned.webhook.failed, 1, cleaned.text)
      const box = yield* DeadLetterBox
      const open = (workspaceId: string) =>
        Effect.map(box.countsOf({ workspaceId }), (topics) => topics[0]?.counts.open ?? 0)
      assert.deepStrictEqual([yield* open("w-cid"), yield* open("w-dan")], [0, 1])
      assert.strictEqual((yield* ask("/api/queue/clean", { token, json: { queueName: "nobodys" } })).status, 404)
      const workers = yield* ask("/api/admin/workers?force=true", { token, method: "DELETE" })
      assert.deepStrictEqual(workers.json.data.cleaned, { background: { completed: 0, failed: 0 } }, workers.text)
    })
  )

  it.effect("tell of workers that run and of those that do not, and of lanes with their rates", () =>
    Effect.gen(function* () {
      const token = yield* member("hal", "w-hal", viewer)
      const { tell } = yield* ToldReports
      const lanes = (processed: number) => [laneReport({ topic: "webhooks", processed, inFlight: 2 })]
      const told = (atMs: number, processed: number) =>
        tell(
          serviceReport({
            service: "flow-runner",
            atMs,
            workers: [
              { name: "flow-runner", live: true, ready: true, concurrency: 50, lanes: lanes(processed), tables: [] }
            ]
          })
        )
      yield* told(Date.now() - 2_000, 0)
      yield* told(Date.now(), 10)
      yield* (yield* ScheduleStore).put({
        scheduleId: "s-hal",
        owner: "flow-runner",
        cron: "0 4 * * *",
        timeZone: "UTC",
        missed: "once",
        missedLimit: 1,
        graceMs: 0,
        target: { topic: "webhooks", key: "k", workspaceId: "w-hal" },
        payload: {}
      })
      const health = (yield* ask("/api/admin/workers?action=health-check", { token })).json
      assert.strictEqual(health.status, "success")
      assert.isFalse(health.data.healthy)
      assert.deepInclude(health.data.workers["flow-runner"], { isRunning: true, queueName: "webhook", concurrency: 50 })
      assert.deepInclude(health.data.workers["job-runner"], { isRunning: false, queueName: "background" })
      const detailed = (yield* ask("/api/admin/workers?action=detailed-stats", { token })).json.data
      const { lanes: shown, recurring, topic } = detailed.queues.webhook
      assert.deepStrictEqual([topic, recurring[0]?.scheduleId], ["webhooks", "s-hal"])
      const high = shown.find(({ lane }: { lane: string }) => lane === "high")
      assert.strictEqual(high.active, 2)
      assert.isAbove(high.processedPerMinute, 0)
      const stats = (yield* ask("/api/admin/workers", { token })).json.data
      assert.hasAllKeys(stats, ["queues", "summary", "timestamp"])
      assert.notProperty(stats.queues.webhook, "activeJobs")
    })
  )

  it.effect(
    "pause and resume for members of the installation, and send failed jobs back with the permission replay",
    () =>
      Effect.gen(function* () {
        const token = yield* member("pam", "w-pam")
        const everywhere = yield* member("sam", "system")
        const ofRole = yield* member("ole", "w-pam", { role: "operator", granted: [] })
        const steer = (who: string, json: object) => ask("/api/admin/workers", { token: who, json })
        assert.strictEqual((yield* steer(token, { action: "pause" })).status, 403)
        assert.strictEqual((yield* steer(everywhere, { action: "pause" })).json.data.queueName, "background")
        const pauses = (yield* ControlStore).pauses
        assert.deepStrictEqual(
          (yield* pauses).map(({ actor, topic }) => [actor, topic]),
          [["user-sam", "background-jobs"]]
        )
        assert.strictEqual((yield* steer(everywhere, { action: "resume" })).json.data.resumed, 1)
        assert.deepStrictEqual(yield* pauses, [])
        yield* setAside(webhooks, [letter(21, "w-pam")])
        const retry = { action: "retry-failed", queueName: "webhook" }
        assert.strictEqual((yield* steer(ofRole, retry)).status, 403)
        assert.strictEqual((yield* steer(token, retry)).json.data.retried, 1)
        assert.strictEqual((yield* steer(token, { action: "retry-failed" })).status, 400, "names no queue")
      })
  )

  it.effect("refuse jobs that no worker of this version takes, and say so", () =>
    Effect.gen(function* () {
      const token = yield* member("joe", "w-joe")
      for (const json of [{ type: "sync-manual", data: { source: "x" } }, { action: "setup-recurring" }]) {
        const answer = yield* ask("/api/admin/workers", { token, json })
        assert.deepStrictEqual([answer.status, answer.json.status], [409, "error"], answer.text)
        assert.include(answer.json.message, "to come")
      }
    })
  )
})

const asked: Array<AskedJob> = []
const domains = Layer.succeed(JobDomains, [
  {
    queue: "background",
    types: ["sync-manual"],
    request: (job) => Effect.sync(() => ({ jobId: `job-${asked.push(job)}` })),
    setUpRecurring: ({ workspaceId }) => Effect.succeed([`sync-${workspaceId}`])
  }
])

layer(Layer.provide(apiWorld(), domains), { excludeTestServices: true })("a domain that takes jobs", (it) => {
  it.effect("gets them by their type with workspace, caller and lane, and sets its recurring ones up", () =>
    Effect.gen(function* () {
      const token = yield* member("kit", "w-kit")
      const steer = (json: object) => Effect.map(ask("/api/admin/workers", { token, json }), (answer) => answer.json)
      const queued = yield* steer({ type: "sync-manual", data: { source: "x" }, options: { priority: 1 } })
      assert.deepStrictEqual(queued.data, { queueName: "background", jobId: "job-1" })
      const job = { type: "sync-manual", data: { source: "x" }, lane: "normal" }
      assert.deepStrictEqual(asked, [{ ...job, workspaceId: "w-kit", actor: "user-kit" }])
      assert.deepStrictEqual((yield* steer({ action: "setup-recurring" })).data.recurring, ["sync-w-kit"])
      assert.include((yield* steer({ type: "generate-report" })).message, "one of sync-manual")
    })
  )

  it.effect("gives priorities 1 to 5 the most urgent lane, and all others the default one", () =>
    Effect.gen(function* () {
      const topic = (yield* TopicsFile).topic("certification-jobs")!
      const lanes = [undefined, 0, 1, 5, 6].map((priority) => laneOfPriority(topic, priority))
      assert.deepStrictEqual(lanes, ["normal", "normal", "high", "high", "normal"])
    })
  )
})
