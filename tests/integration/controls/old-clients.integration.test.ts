/**
 * A client of the replaced systems looks at a queue while a worker is in the middle of it, on a real broker: six webhooks have
 * come, five are finished, one is being handled. The figures are those of the group's commits, the active job is the one that is
 * being handled, with its secrets hidden; another workspace's records are not shown. What failed is then cleaned, and is gone.
 */
import { assert, layer } from "@effect/vitest"
import { type TopicContract, TopicsFile } from "@millrace/contracts"
import { DeadLetters, input, nothing, runWorker } from "@millrace/runtime"
import { Clock, Deferred, Duration, Effect } from "effect"
import { addToken, addUser, ask } from "../../../packages/api-server/test/apiWorld.ts"
import { hook, hooks, receive } from "../../../packages/api-server/test/receivedHooks.ts"
import { setAside } from "../../../packages/api-server/test/setAside.ts"
import { ToldReports } from "../../../packages/api-server/test/testKafka.ts"
import { laneReport, serviceReport } from "../../../packages/runtime/test/serviceReport.ts"
import { apiOnBroker } from "../ApiOnBroker.ts"
import { until } from "../delivery/Orders.ts"

const rights = { role: "operator", granted: ["replay"] } as const
const held = 3

layer(apiOnBroker, { excludeTestServices: true, timeout: Duration.seconds(120) })(
  "a client of the old queues",
  (it) => {
    it.effect("sees what waits, what is being handled and what failed, and cleans the latter", () =>
      Effect.gen(function* () {
        const { userId } = yield* addUser("ann", "w1", rights)
        const token = yield* addToken(userId, "w1", rights)
        const stranger = yield* addUser("bob", "w2", rights)
        const other = yield* addToken(stranger.userId, "w2", rights)
        const topic = (yield* TopicsFile).topic("webhooks")!
        const goOn = yield* Deferred.make<void>()
        const handled = new Set<number>()
        yield* receive("w1", [1, 2, held, 4, 5, 6])
        const before = (yield* ask("/api/queue/stats", { token })).json.data.queues.webhook
        assert.deepInclude(before, { waiting: 6, active: 0, completed: 0, activeJobs: [] })

        yield* runWorker({
          name: "flow-runner",
          instance: "1",
          inputs: [
            input({
              contract: hooks,
              handle: ({ value: { n } }) =>
                Effect.gen(function* () {
                  if (n === held) yield* Deferred.await(goOn)
                  handled.add(n)
                  return nothing
                })
            })
          ]
        })
        yield* until(Effect.sync(() => handled.size === 5))
        const tellInFlight = Effect.fnUntraced(function* (inFlight: number) {
          const lane = laneReport({ topic: topic.lanes[0]!.topic, lane: "high", inFlight })
          const worker = { name: "flow-runner", live: true, ready: true, concurrency: 50, lanes: [lane], tables: [] }
          const atMs = yield* Clock.currentTimeMillis
          yield* (yield* ToldReports).tell(serviceReport({ service: "flow-runner", atMs, workers: [worker] }))
        })
        const stats = (by: string) =>
          Effect.map(ask("/api/queue/stats", { token: by }), ({ json }) => json.data.queues.webhook)
        yield* tellInFlight(1)
        // Commits come a moment after the handlers; figures are some seconds old at most.
        yield* until(
          Effect.andThen(
            tellInFlight(1),
            Effect.map(stats(token), ({ activeJobs, completed }) => completed >= 3 && activeJobs.length === 1)
          )
        )
        const during = yield* stats(token)
        assert.strictEqual(during.active, 1)
        assert.strictEqual(during.waiting + during.active + during.completed, 6)
        const [job] = during.activeJobs
        assert.deepInclude(job, { name: "WebhookReceived", lane: "high", key: `hook-${held}` })
        assert.deepStrictEqual(job.data, { _tag: "WebhookReceived", n: held, token: "<redacted>" })
        assert.deepStrictEqual((yield* stats(other)).activeJobs, [])
        const health = yield* ask("/api/admin/workers?action=health-check", { token })
        assert.isTrue(health.json.data.workers["flow-runner"].isRunning, health.text)

        yield* setAside(hooks as TopicContract<unknown>, [{ key: "hook-7", value: hook(7), workspaceId: "w1" }])
        yield* Deferred.succeed(goOn, undefined)
        yield* until(Effect.sync(() => handled.size === 6))
        yield* until(
          Effect.andThen(
            tellInFlight(0),
            Effect.map(stats(token), ({ completed, failed }) => completed === 6 && failed === 1)
          )
        )
        const cleaned = yield* ask("/api/queue/clean", { token, json: { grace: 0 } })
        assert.strictEqual(cleaned.json?.data.cleaned.webhook.failed, 1, cleaned.text)
        yield* until(Effect.map(stats(token), ({ failed }) => failed === 0))
      }).pipe(Effect.provide(DeadLetters.layer), Effect.scoped)
    )
  }
)
