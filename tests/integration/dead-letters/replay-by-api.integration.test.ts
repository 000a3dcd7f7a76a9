/**
 * A group of dead letters is sent back by the API on a real broker: previewed, replayed at a rate as a job whose progress can be
 * read, once. A second call finds nothing left; the other group stays.
 */
import { assert, layer } from "@effect/vitest"
import { marginEvents, type TopicContract, TopicsFile } from "@millrace/contracts"
import { Duration, Effect } from "effect"
import { addToken, addUser, ask } from "../../../packages/api-server/test/apiWorld.ts"
import { marginEvent, setAside } from "../../../packages/api-server/test/setAside.ts"
import { apiOnBroker } from "../ApiOnBroker.ts"
import { readAll } from "../delivery/Orders.ts"

const rights = { role: "operator", granted: ["replay"] } as const
const letters = 300

layer(apiOnBroker, { excludeTestServices: true, timeout: Duration.seconds(120) })("a replay by the API", (it) => {
  it.effect("previews a group, replays it as a job with progress, each letter once, and leaves the rest", () =>
    Effect.gen(function* () {
      const { userId } = yield* addUser("ann", "w1", rights)
      const token = yield* addToken(userId, "w1", rights)
      const events = marginEvents as TopicContract<unknown>
      const letter = (n: number, cause: string) => ({
        key: `a${n % 10}`,
        value: marginEvent(`a${n % 10}`, n),
        workspaceId: "w1",
        cause
      })
      yield* setAside(events, [
        ...Array.from({ length: letters }, (_, n) => letter(n, "the exchange is closed")),
        letter(letters, "no such account")
      ])
      const base = "/api/dead-letters/margin-events"
      const groups = (yield* ask(`${base}/groups`, { token })).json
      assert.deepStrictEqual(
        groups.map((group: { counts: { open: number }; affectedCount: number }) => [
          group.counts.open,
          group.affectedCount
        ]),
        [
          [letters, 10],
          [1, 1]
        ]
      )
      const selection = { fingerprint: groups[0].fingerprint }
      const preview = yield* ask(`${base}/preview`, { token, json: { selection } })
      assert.deepInclude(preview.json, { replayed: letters, settled: 0, refused: 0, overtaking: 0 })
      const asked = yield* ask(`${base}/replay`, { token, json: { selection, perSecond: 100 } })
      assert.deepInclude(asked.json, { state: "running", expected: letters }, asked.text)
      const job = Effect.map(ask(`/api/triage-jobs/${asked.json.jobId}`, { token }), ({ json }) => json)
      const half = yield* job.pipe(
        Effect.delay("200 millis"),
        Effect.repeat({ until: ({ done, state }) => done > 0 || state !== "running" })
      )
      assert.isAbove(half.done, 0)
      const last = yield* job.pipe(
        Effect.delay("200 millis"),
        Effect.repeat({ until: ({ state }) => state !== "running" })
      )
      assert.deepInclude(last, { state: "done", done: letters })
      const again = yield* ask(`${base}/replay`, { token, json: { selection, perSecond: 1_000 } })
      assert.deepInclude(again.json.report, { replayed: 0, settled: letters })
      const topic = (yield* TopicsFile).topic("margin-events")!
      const sent = yield* readAll(topic.lanes[0]!.topic)
      assert.lengthOf(sent, letters)
      assert.strictEqual((yield* ask("/api/dead-letters", { token })).json[0].counts.open, 1)
    })
  )
})
