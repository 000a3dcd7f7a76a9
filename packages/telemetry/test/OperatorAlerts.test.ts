// Foreign boundary: an HTTP server that takes the operator's messages.
import { createServer } from "node:http"
import { assert, it } from "@effect/vitest"
import { ConfigProvider, Effect, Exit, Layer } from "effect"
import { layerOperatorAlerts, OperatorAlerts, webhookHeaders } from "../src/index.ts"

interface Taken {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

/** A sink on a free port that refuses the first `refusals` messages. */
const sinkOf = (refusals: number) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly taken: Array<Taken>; readonly close: () => void }>((resume) => {
      const taken: Array<Taken> = []
      let refused = 0
      const server = createServer((request, response) => {
        let body = ""
        request.on("data", (part) => {
          body += part
        })
        request.on("end", () => {
          taken.push({ headers: request.headers, body })
          response.writeHead(refused++ < refusals ? 500 : 204).end()
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}/alerts`, taken, close: () => server.close() }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

const alertsTo = (settings: Readonly<Record<string, string>>) =>
  layerOperatorAlerts("automation-executor").pipe(
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ ALERT_RETRY: "10 millis", ...settings })))
  )

const until = (holds: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (holds() ? Effect.void : Effect.andThen(Effect.sleep("5 millis"), until(holds))))

const outage = {
  subject: "PostgreSQL",
  title: "PostgreSQL does not answer",
  whatToDo: "Close positions by hand at the exchange."
}

it("signs as the specification's example shows", () => {
  assert.deepStrictEqual(
    webhookHeaders(secret, {
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestampSeconds: 1_614_265_330,
      body: '{"test": 2432232314}'
    }),
    {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    }
  )
})

/**
 * @guarantee operation: While Kafka or PostgreSQL is down the operator is told directly, once per outage, and once when it is over
 * @how workers probe both each second and post to `ALERT_URL`, signed as Standard Webhooks say, again until it arrives, under one id
 */
it.live("tells the operator once when an outage begins and once when it is over, again until it arrives", () =>
  Effect.gen(function* () {
    const { taken, url } = yield* sinkOf(2)
    yield* Effect.gen(function* () {
      const alerts = yield* OperatorAlerts
      yield* alerts.clear("PostgreSQL")
      yield* alerts.raise(outage, "connection refused")
      yield* alerts.raise(outage, "connection refused")
      yield* alerts.clear("PostgreSQL")
      yield* alerts.clear("PostgreSQL")
      yield* until(() => taken.length === 4)
    }).pipe(Effect.provide(alertsTo({ ALERT_URL: url, ALERT_SECRET: secret })))
    const ids = taken.map(({ headers }) => headers["webhook-id"])
    assert.strictEqual(new Set(ids.slice(0, 3)).size, 1, "one that did not arrive comes again under its id")
    assert.notStrictEqual(ids[3], ids[0])
    const [began, ended] = [taken[2]!, taken[3]!].map(({ body }) => JSON.parse(body))
    assert.deepInclude(began.data, { worker: "automation-executor", ...outage, detail: "connection refused" })
    assert.deepStrictEqual([began.type, ended.type], ["outage.began", "outage.ended"])
    assert.strictEqual(ended.data.beganAt, began.data.beganAt)
    for (const { headers, body } of taken) {
      const id = String(headers["webhook-id"])
      const timestampSeconds = Number(headers["webhook-timestamp"])
      assert.deepInclude(headers, webhookHeaders(secret, { id, timestampSeconds, body }))
    }
  }).pipe(Effect.scoped)
)

it.effect("wants a key for the address, and tells nobody without an address", () =>
  Effect.gen(function* () {
    const keyless = yield* Effect.exit(Effect.scoped(Layer.build(alertsTo({ ALERT_URL: "http://127.0.0.1:1/" }))))
    assert.isTrue(Exit.isFailure(keyless))
    yield* Effect.flatMap(OperatorAlerts, (alerts) => alerts.raise(outage)).pipe(Effect.provide(alertsTo({})))
  })
)
