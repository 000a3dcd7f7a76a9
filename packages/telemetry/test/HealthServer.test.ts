import { connect } from "node:net"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Metric } from "effect"
import { Health, HealthServer, type HealthState, makeHealthRegistry } from "../src/index.ts"

const server = () =>
  HealthServer.layer({ port: 0, host: "127.0.0.1" }).pipe(Layer.provideMerge(Layer.sync(Health, makeHealthRegistry)))

const get = (path: string) =>
  Effect.gen(function* () {
    const { url } = yield* HealthServer
    const response = yield* Effect.promise(() => fetch(`${url}${path}`))
    const text = yield* Effect.promise(() => response.text())
    return { status: response.status, text, type: response.headers.get("content-type") }
  })

const registered = (state: HealthState) =>
  Effect.flatMap(Health, (health) => health.register({ name: "it-worker", state: () => state }))

const taking: HealthState = { live: true, ready: true, detail: { queueName: "it-orders", concurrency: 10 } }

it.live("is starting and not ready before any worker is there", () =>
  Effect.gen(function* () {
    assert.strictEqual((yield* get("/ready")).status, 503)
    assert.strictEqual((yield* get("/live")).status, 200)
    assert.strictEqual(JSON.parse((yield* get("/health")).text).status, "starting")
  }).pipe(Effect.provide(server()))
)

/** @guarantee operation: What is too long, too deep or too much for the API or a health page is refused, and the next request is answered */
it.live("refuses long headers and more than a hundred connections, and answers again", () =>
  Effect.gen(function* () {
    const { url } = yield* HealthServer
    const { hostname, port } = new URL(url)
    const headers = { "x-long": "x".repeat(10_000) }
    const long = yield* Effect.promise(() => fetch(`${url}/live`, { headers }))
    assert.strictEqual(long.status, 431)
    const closed = yield* Effect.callback<number>((resume) => {
      let ended = 0
      const sockets = Array.from({ length: 120 }, () => connect(Number(port), hostname))
      for (const socket of sockets) {
        socket.on("error", () => {})
        socket.on("close", () => {
          ended += 1
          if (ended === 20) resume(Effect.succeed(ended))
        })
      }
      return Effect.sync(() => {
        for (const socket of sockets) socket.destroy()
      })
    }).pipe(Effect.tap(() => Effect.void))
    assert.strictEqual(closed, 20)
  }).pipe(Effect.provide(server()))
)

it.live("shows a worker that takes records", () =>
  Effect.gen(function* () {
    yield* registered(taking)
    assert.strictEqual((yield* get("/ready")).status, 200)
    const health = JSON.parse((yield* get("/health")).text)
    assert.strictEqual(health.status, "ok")
    assert.deepStrictEqual(health.worker, { isRunning: true, queueName: "it-orders", concurrency: 10 })
    assert.match(health.timestamp, /^20\d\d-/u)
  }).pipe(Effect.scoped, Effect.provide(server()))
)

it.live("shows as the worker what reads a topic, whatever part stands before it", () =>
  Effect.gen(function* () {
    const { register } = yield* Health
    yield* register({ name: "loop", state: () => ({ live: true, ready: true, detail: {} }) })
    yield* register({
      name: "scheduler",
      state: () => ({ live: true, ready: true, detail: { queueName: "timers", concurrency: 50 } })
    })
    const { worker } = JSON.parse((yield* get("/health")).text)
    assert.deepStrictEqual(worker, { isRunning: true, queueName: "timers", concurrency: 50 })
  }).pipe(Effect.scoped, Effect.provide(server()))
)

it.live("asks for a restart when a worker is not live, and says why", () =>
  Effect.gen(function* () {
    yield* registered({ live: false, ready: false, reason: "its consumer stopped", detail: {} })
    const live = yield* get("/live")
    assert.strictEqual(live.status, 503)
    assert.include(live.text, "its consumer stopped")
    assert.strictEqual((yield* get("/health")).status, 503)
  }).pipe(Effect.scoped, Effect.provide(server()))
)

it.live("forgets a worker that has ended", () =>
  Effect.gen(function* () {
    yield* Effect.scoped(registered(taking))
    assert.strictEqual((yield* get("/ready")).status, 503)
  }).pipe(Effect.provide(server()))
)

it.live("measures gauges when Prometheus asks, and answers in its format", () =>
  Effect.gen(function* () {
    const gauge = Metric.gauge("it_lag_records", { description: "lag" })
    const health = yield* Health
    yield* health.beforeMetrics(Metric.update(Metric.withAttributes(gauge, { lane: "low" }), 7))
    const { status, text, type } = yield* get("/metrics")
    assert.strictEqual(status, 200)
    assert.include(type!, "text/plain")
    assert.include(text, "# TYPE it_lag_records gauge")
    assert.include(text, 'it_lag_records{lane="low"} 7')
  }).pipe(Effect.scoped, Effect.provide(server()))
)
