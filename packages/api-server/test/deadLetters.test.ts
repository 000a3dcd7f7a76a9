/** Triage of dead letters over a real server and Kafka in memory, as two workspaces see it. */
import { assert, layer } from "@effect/vitest"
import { marginEvents, type TopicContract } from "@millrace/contracts"
import { MemoryKafkaControl } from "@millrace/kafka"
import { Effect } from "effect"
import { addToken, addUser, apiWorld, ask } from "./apiWorld.ts"
import { marginEvent, setAside } from "./setAside.ts"

const full = { role: "operator", granted: ["replay"] } as const
const viewer = { role: "viewer", granted: [] } as const
const topic = marginEvents.name
const events = marginEvents as TopicContract<unknown>

const member = Effect.fnUntraced(function* (name: string, workspaceId: string, rights: typeof full | typeof viewer) {
  const { userId } = yield* addUser(name, workspaceId, rights)
  return yield* addToken(userId, workspaceId, rights)
})

/** A job of this path, once it has ended. */
const ended = Effect.fnUntraced(function* (path: string, asked: Parameters<typeof ask>[1]) {
  const answer = yield* ask(path, asked)
  assert.strictEqual(answer.status, 202, answer.text)
  return answer.json
})

layer(apiWorld(), { excludeTestServices: true })("dead letters", (it) => {
  /**
   * @guarantee operation: Dead letters are triaged by the API as on the command line, each workspace its own ones only
   * @how a real server on Kafka in memory: groups, letters, preview, replay, edit and purge as two workspaces and the installation
   */
  it.effect("are shown, replayed, edited and purged by their own workspace only", () =>
    Effect.gen(function* () {
      const ann = yield* member("ann", "w1", full)
      const bob = yield* member("bob", "w2", full)
      const ops = yield* member("ops", "system", full)
      yield* setAside(events, [
        { key: "a1", value: marginEvent("a1", 1), workspaceId: "w1", cause: "mlr_canary123 is no price" },
        { key: "a1", value: marginEvent("a1", 2), workspaceId: "w1" },
        { key: "a2", value: marginEvent("a2", 3), workspaceId: "w1" },
        { key: "b1", value: marginEvent("b1", 4), workspaceId: "w2" }
      ])
      const counts = (token: string) =>
        Effect.map(ask("/api/dead-letters", { token }), ({ json }) => json[0]?.counts.open)
      assert.deepStrictEqual([yield* counts(ann), yield* counts(bob), yield* counts(ops)], [3, 1, 4])

      const groups = yield* ask(`/api/dead-letters/${topic}/groups`, { token: ann })
      assert.deepStrictEqual(
        groups.json.map((one: { affectedAre: string; affected: unknown; affectedCount: number }) => [
          one.affectedAre,
          one.affected,
          one.affectedCount
        ]),
        [
          [
            "account",
            [
              { name: "a1", letters: 1 },
              { name: "a2", letters: 1 }
            ],
            2
          ],
          ["account", [{ name: "a1", letters: 1 }], 1]
        ]
      )
      assert.notInclude(groups.text, "canary")

      const page = yield* ask(`/api/dead-letters/${topic}/letters?limit=2`, { token: ann })
      assert.lengthOf(page.json.items, 2)
      const rest = yield* ask(`/api/dead-letters/${topic}/letters?after=${page.json.next}`, { token: ann })
      assert.deepStrictEqual([rest.json.items.length, rest.json.next], [1, undefined])
      const letters = [...page.json.items, ...rest.json.items] as ReadonlyArray<{ letterId: string; key: string }>
      const { letterId } = letters.find(({ key }) => key === "a2")!
      const letter = yield* ask(`/api/dead-letters/${topic}/letters/${letterId}`, { token: ann })
      assert.deepInclude(letter.json, { key: "a2", state: "open", service: "it-worker", workspaceId: "w1" })
      assert.deepStrictEqual(letter.json.value, { _tag: "Decoded", value: marginEvent("a2", 3) })
      assert.deepStrictEqual(JSON.parse(letter.json.raw.text), marginEvent("a2", 3))
      assert.isAbove(letter.json.raw.bytes, letter.json.raw.text.length, "the wire format's header goes before it")
      assert.strictEqual((yield* ask(`/api/dead-letters/${topic}/letters/${letterId}`, { token: bob })).status, 404)

      const body = { selection: { all: true } }
      const preview = yield* ask(`/api/dead-letters/${topic}/preview`, { token: ann, json: body })
      assert.deepInclude(preview.json, { replayed: 3, quarantined: 0, settled: 0, overtaking: 0 })
      assert.lengthOf(preview.json.first, 3)

      const value = marginEvent("a2", 30)
      const edit = `/api/dead-letters/${topic}/letters/${letterId}/edit`
      assert.strictEqual((yield* ask(edit, { token: bob, json: { value, reason: "mine?" } })).status, 404)
      const hidden = yield* ask(edit, { token: ann, json: { value: { key: "<redacted>" }, reason: "shown so" } })
      assert.strictEqual(hidden.status, 409)
      const wrong = yield* ended(edit, { token: ann, json: { value: { no: "event" }, reason: "a try" } })
      assert.deepInclude(wrong, { state: "failed", done: 0 })
      const check = (value: unknown, token = ann) =>
        ask(`/api/dead-letters/${topic}/letters/${letterId}/check`, { token, json: { value } })
      const misfit = yield* check({ no: "event" })
      assert.isFalse(misfit.json.fits)
      assert.match(misfit.json.issue, /does not match the schema/u)
      assert.deepStrictEqual((yield* check({ ...value, key: "<redacted>" })).json.fits, false)
      assert.deepStrictEqual((yield* check(value)).json, { fits: true })
      assert.strictEqual((yield* check(value, bob)).status, 404)
      const edited = yield* ended(edit, { token: ann, json: { value, reason: "a wrong ratio" } })
      assert.deepInclude(edited, { state: "done", kind: "edit", done: 1, expected: 1 })

      const foreign = { selection: { letterIds: [letterId] } }
      assert.strictEqual((yield* ask(`/api/dead-letters/${topic}/replay`, { token: bob, json: foreign })).status, 404)
      const group = { selection: { fingerprint: groups.json[1].fingerprint } }
      const one = yield* ended(`/api/dead-letters/${topic}/replay`, { token: ann, json: group })
      assert.deepInclude(one, { state: "done", done: 1, expected: 1, report: { ...one.report, replayed: 1 } })
      const purged = yield* ended(`/api/dead-letters/${topic}/purge`, { token: ann, json: body })
      assert.deepInclude(purged, { state: "done", kind: "purge", done: 1 })
      assert.deepStrictEqual([yield* counts(ann), yield* counts(bob)], [0, 1])

      const control = yield* MemoryKafkaControl
      const sent = yield* control.records(topic)
      const keys = sent.map((record) => Buffer.from(record.key!).toString())
      assert.deepStrictEqual(keys.toSorted(), ["a1", "a2"])

      const jobs = yield* ask("/api/triage-jobs", { token: ann })
      assert.lengthOf(jobs.json, 4)
      assert.deepStrictEqual((yield* ask("/api/triage-jobs", { token: bob })).json, [])
      assert.strictEqual((yield* ask(`/api/triage-jobs/${edited.jobId}`, { token: bob })).status, 404)
    })
  )

  it.effect("a long replay goes on as a job, alone in its topic, until it is asked to stop", () =>
    Effect.gen(function* () {
      const cas = yield* member("cas", "w3", full)
      const watcher = yield* member("dan", "w3", viewer)
      yield* setAside(
        events,
        Array.from({ length: 30 }, (_, n) => ({ key: `c${n}`, value: marginEvent(`c${n}`, n), workspaceId: "w3" }))
      )
      const replay = { method: "POST", json: { selection: { all: true }, perSecond: 2 } }
      const job = yield* ended(`/api/dead-letters/${topic}/replay`, { ...replay, token: cas })
      assert.deepInclude(job, { state: "running", expected: 30 })
      const again = yield* ask(`/api/dead-letters/${topic}/replay`, { ...replay, token: cas })
      assert.deepStrictEqual([again.status, again.json._tag], [409, "Conflict"])
      const stop = `/api/triage-jobs/${job.jobId}/stop`
      assert.strictEqual((yield* ask(stop, { method: "POST", token: watcher })).status, 403)
      assert.strictEqual((yield* ask(stop, { method: "POST", token: cas })).status, 204)
      const state = Effect.map(ask(`/api/triage-jobs/${job.jobId}`, { token: watcher }), ({ json }) => json)
      const last = yield* state.pipe(
        Effect.delay("100 millis"),
        Effect.repeat({ until: (found) => found.state !== "running", times: 100 })
      )
      assert.deepInclude(last, { state: "stopped", reason: "somebody asked for it" })
      const rest = yield* ended(`/api/dead-letters/${topic}/replay`, {
        token: cas,
        json: { selection: { all: true }, perSecond: 10_000 }
      })
      assert.strictEqual(rest.report.replayed + last.done, 30, "the same call goes on with the rest")
    })
  )

  it.effect("a selection that leaves everything out, or says two things, means nothing", () =>
    Effect.gen(function* () {
      const eve = yield* member("eve", "w4", full)
      for (const selection of [{}, { all: true, key: "a" }, { all: false }]) {
        const answer = yield* ask(`/api/dead-letters/${topic}/replay`, { token: eve, json: { selection } })
        assert.strictEqual(answer.status, 400, JSON.stringify(selection))
      }
      assert.strictEqual((yield* ask("/api/dead-letters/no-topic/groups", { token: eve })).status, 404)
      const missing = { selection: { letterIds: ["0123456789abcdef"] } }
      assert.strictEqual((yield* ask(`/api/dead-letters/${topic}/preview`, { token: eve, json: missing })).status, 404)
    })
  )
})
