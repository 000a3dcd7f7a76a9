/** The live view over a real server: figures from what processes tell of themselves, and the stream of events. */
import { assert, layer } from "@effect/vitest"
import { LiveEvent } from "@millrace/api"
import { MemberStore } from "@millrace/store"
import { Clock, Effect, Schema } from "effect"
import { laneReport, serviceReport } from "../../runtime/test/serviceReport.ts"
import { addToken, addUser, apiWorld, ask } from "./apiWorld.ts"
import { EventReader } from "./EventReader.ts"
import { ToldReports } from "./testKafka.ts"

const admin = { role: "admin", granted: [] } as const
const viewer = { role: "viewer", granted: [] } as const
const decode = Schema.decodeUnknownSync(Schema.toCodecJson(LiveEvent))

const tellLag = Effect.fnUntraced(function* (lag: number) {
  const atMs = yield* Clock.currentTimeMillis
  const lanes = [laneReport({ topic: "market-ticks", lag })]
  yield* (yield* ToldReports).tell(serviceReport({ atMs, reason: "canary-reason", lanes }))
})

layer(apiWorld({ CONTROL_API_EVENT_HEARTBEAT: "2 seconds", CONTROL_API_MAX_EVENT_STREAMS: "2" }), {
  excludeTestServices: true
})("the live view", (it) => {
  it.effect("shows lanes and totals to any member, processes and reasons to members of the installation only", () =>
    Effect.gen(function* () {
      const ann = yield* addUser("ann", "w1", viewer)
      const ops = yield* addUser("ops", "system", viewer)
      const token = yield* addToken(ann.userId, "w1", viewer)
      const opsToken = yield* addToken(ops.userId, "system", viewer)
      yield* tellLag(7)
      const overview = yield* ask("/api/overview", { token })
      assert.strictEqual(overview.status, 200)
      assert.deepInclude(overview.json.totals, { lag: 7, pausedLanes: 0 })
      assert.notInclude(overview.text, "canary")
      assert.strictEqual((yield* ask("/api/services", { token })).status, 403)
      const services = yield* ask("/api/services", { token: opsToken })
      assert.deepInclude(services.json[0], { service: "it-service", active: true, reason: "canary-reason" })
    })
  )

  /**
   * @guarantee operation: The live stream tells each change at most once a second, whole, with a heartbeat between, one stream a session
   * @how a real server, read by fetch; reports of processes as a test tells them
   */
  it.effect("tells the overview at once, then changes, then that it is alive; a second stream takes over", () =>
    Effect.gen(function* () {
      const bob = yield* addUser("bob", "w2", viewer)
      const token = yield* addToken(bob.userId, "w2", viewer)
      yield* tellLag(1)
      const reader = yield* EventReader.open(token)
      const first = decode(yield* reader.next)
      assert.strictEqual(first._tag === "Overview" && first.overview.totals.lag, 1)
      for (const lag of [2, 3, 4]) yield* tellLag(lag)
      const second = decode(yield* reader.next)
      assert.strictEqual(second._tag === "Overview" && second.overview.totals.lag, 4, "changes of a second are one")
      assert.strictEqual(decode(yield* reader.next)._tag, "Heartbeat")
      const other = yield* EventReader.open(token)
      assert.strictEqual(decode(yield* other.next)._tag, "Overview")
      assert.strictEqual(decode(yield* reader.nextOf("Replaced"))._tag, "Replaced")
      assert.isUndefined(yield* reader.next, "the former stream has ended")
      yield* other.close
    })
  )

  it.effect("refuses one stream too many, and ends that of a member who was removed", () =>
    Effect.gen(function* () {
      const tokens: Array<string> = []
      for (const name of ["cas", "dan", "eve"]) {
        const { userId } = yield* addUser(name, "w3", admin)
        tokens.push(yield* addToken(userId, "w3", viewer))
      }
      const readers = [yield* EventReader.open(tokens[0]!), yield* EventReader.open(tokens[1]!)]
      for (const reader of readers) assert.strictEqual(decode(yield* reader.next)._tag, "Overview")
      const refused = yield* ask("/api/events", { token: tokens[2]! })
      assert.deepStrictEqual([refused.status, refused.json._tag], [429, "TooMany"])
      yield* (yield* MemberStore).removeMember("w3", "user-cas", "it")
      assert.isUndefined(yield* readers[0]!.nextOf("nothing more"), "ends with the next heartbeat")
      yield* readers[1]!.close
    })
  )
})
