/** Timers and recurring schedules by the API, over a real server with its stores in memory. */
import { assert, layer } from "@effect/vitest"
import { ScheduleStore, TimerStore } from "@millrace/store"
import { Duration, Effect } from "effect"
import { addToken, addUser, apiWorld, ask } from "./apiWorld.ts"

const admin = { role: "admin", granted: [] } as const
const viewer = { role: "viewer", granted: [] } as const

const member = Effect.fnUntraced(function* (name: string, workspaceId: string, rights: typeof admin | typeof viewer) {
  const { userId } = yield* addUser(name, workspaceId, rights)
  return yield* addToken(userId, workspaceId, rights)
})

/** An entry of the audit log each morning. */
const given = {
  ...{ cron: "0 6 * * *", timeZone: "Europe/Berlin", topic: "audit-log", key: "w1", workspaceId: "w1" },
  owner: "automation-executor",
  payload: {
    ...{ auditId: "{{occurrence-id}}", workspaceId: "w1", actor: "a", action: "reminded", details: {} },
    atMs: "{{scheduled-at-ms}}"
  }
}

layer(apiWorld(), { excludeTestServices: true })("timers by the API", (it) => {
  const timer = (timerId: string, dueAtMs: number, workspaceId = "w1") => ({
    ...{ owner: "job-runner", timerId, revision: 3, dueAtMs, payload: {}, skipWhenLaterMs: undefined },
    target: { topic: "background-jobs", key: "k", workspaceId }
  })

  it.effect("are listed page by page, earliest first, then what was refused", () =>
    Effect.gen(function* () {
      const tim = yield* member("tim", "w1", viewer)
      const timers = yield* TimerStore
      yield* timers.schedule(timer("bad", 1))
      const { timers: due } = yield* timers.claimDue("it", 10, Duration.minutes(1))
      yield* timers.finish(due.map((one) => ({ ...one, outcome: "refused", reason: "no such lane" })))
      for (const [id, dueAtMs] of [
        ["t2", 4e12],
        ["t1", 4e12],
        ["t0", 3e12]
      ] as const)
        yield* timers.schedule(timer(id, dueAtMs))
      yield* timers.schedule(timer("theirs", 2e12, "w2"))
      const page = (query: string) => Effect.map(ask(`/api/timers?${query}`, { token: tim }), ({ json }) => json)
      const first = yield* page("limit=3")
      const ids = (of: { items: ReadonlyArray<{ timerId: string }> }) => of.items.map(({ timerId }) => timerId)
      assert.deepStrictEqual([ids(first), first.total], [["t0", "t1", "t2"], 4])
      const rest = yield* page(`limit=3&after=${first.next}`)
      assert.deepStrictEqual(ids(rest), ["bad"])
      assert.deepInclude(rest.items[0], { state: "refused", reason: "no such lane", workspaceId: "w1" })
      assert.notProperty(rest, "next")
      assert.strictEqual((yield* ask("/api/timers?after=zzz", { token: tim })).status, 400)
    })
  )

  it.effect("are taken back at the revision that was seen, in their own workspace", () =>
    Effect.gen(function* () {
      const ann = yield* member("ann", "w1", admin)
      const wes = yield* member("wes", "w1", viewer)
      const bob = yield* member("bob", "w2", admin)
      const timers = yield* TimerStore
      yield* timers.schedule(timer("mine", 3e12))
      const cancel = (token: string, revision: number) =>
        ask("/api/timers/cancel", { method: "POST", token, json: { owner: "job-runner", timerId: "mine", revision } })
      assert.strictEqual((yield* cancel(wes, 3)).status, 403)
      assert.strictEqual((yield* cancel(bob, 3)).status, 404)
      assert.strictEqual((yield* cancel(ann, 2)).status, 404, "an older request")
      const { json, status } = yield* cancel(ann, 3)
      assert.strictEqual(status, 200)
      assert.deepInclude(json, { timerId: "mine", state: "waiting", dueAtMs: 3e12 })
      assert.strictEqual((yield* cancel(ann, 3)).status, 404, "it waits no longer")
    })
  )
})

layer(apiWorld(), { excludeTestServices: true })("schedules by the API", (it) => {
  const put = (token: string, change: object = {}, id = "morning") =>
    ask(`/api/schedules/${id}`, { method: "PUT", token, json: { ...given, ...change } })

  /**
   * @guarantee operation: A schedule is stored by administrators of the installation only, and never one whose records can't be delivered
   * @how a real server, asked as members of a workspace and of the installation
   */
  it.effect("are stored by administrators of the installation, where their records can be delivered", () =>
    Effect.gen(function* () {
      const root = yield* member("root", "system", admin)
      const ann = yield* member("ann", "w1", admin)
      assert.strictEqual((yield* put(ann)).status, 403)
      const refused = [
        { change: { topic: "audit-log", payload: { action: "no entry" } }, found: "is no record of audit-log" },
        { change: { owner: "somebody" }, found: "somebody writes no kind of record" },
        { change: { topic: "background-jobs", owner: "scheduler" }, found: "have no schema yet" },
        { change: { cron: "61 * * * *" }, found: "can't be followed" }
      ]
      for (const { change, found } of refused) {
        const { json, status } = yield* put(root, change)
        assert.strictEqual(status, 400, JSON.stringify(change))
        assert.include(json.found, found)
      }
      const { json, status } = yield* put(root)
      assert.strictEqual(status, 200)
      assert.deepInclude(json, { scheduleId: "morning", enabled: true, missed: "skip", graceMs: 60_000 })
      assert.strictEqual(json.upcomingMs.length, 5)
      assert.strictEqual(json.upcomingMs[0], json.nextAtMs)
      assert.notProperty(json, "last")
      const changed = yield* put(root, { cron: "0 7 * * *" })
      assert.deepInclude(changed.json, { cron: "0 7 * * *" })
    })
  )

  it.effect("tell how their last run ended, and are removed by an administrator of their workspace", () =>
    Effect.gen(function* () {
      const root = yield* member("roo", "system", admin)
      const ann = yield* member("amy", "w1", admin)
      const bob = yield* member("bo", "w2", admin)
      const [schedules, timers] = [yield* ScheduleStore, yield* TimerStore]
      yield* put(root, { cron: "* * * * * *" }, "often")
      yield* schedules
        .unroll(10)
        .pipe(Effect.repeat({ until: ({ occurrences }) => occurrences > 0, times: 10_000_000 }))
      const { timers: due } = yield* timers.claimDue("it", 10, Duration.minutes(1))
      yield* timers.finish(due.map((one) => ({ ...one, outcome: "delivered", reason: undefined })))
      const often = Effect.map(ask("/api/schedules", { token: ann }), ({ json }) =>
        json.find((one: { scheduleId: string }) => one.scheduleId === "often")
      )
      assert.deepInclude((yield* often).last, { state: "delivered", dueAtMs: due.at(-1)!.dueAtMs })
      const remove = (token: string) => ask("/api/schedules/often", { method: "DELETE", token })
      assert.strictEqual((yield* remove(bob)).status, 404)
      assert.strictEqual((yield* remove(ann)).status, 204)
      assert.isUndefined(yield* often)
    })
  )
})
