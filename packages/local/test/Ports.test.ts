import { createServer } from "node:net"
import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { choosePorts, isFree, portNames, startOfSearch } from "../src/Ports.ts"

/** Holds a port of 127.0.0.1 until the test ends. */
const held = Effect.acquireRelease(
  Effect.callback<{ port: number; close: () => void }>((resume) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(Effect.succeed({ port, close: () => server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

it.live("chooses five different free ports outside the range of outgoing connections", () =>
  Effect.gen(function* () {
    const ports = yield* choosePorts("/data/one", {}, {})
    const chosen = portNames.map((name) => ports[name])
    assert.strictEqual(new Set(chosen).size, 5)
    for (const port of chosen) {
      assert.isTrue(port >= 20_000 && port < 32_768)
      assert.isTrue(yield* isFree(port))
    }
  })
)

it.live("keeps the ports of the last run, except those that another program has taken", () =>
  Effect.gen(function* () {
    const before = yield* choosePorts("/data/two", {}, {})
    const { port } = yield* held
    const after = yield* choosePorts("/data/two", {}, { ...before, redis: port })
    assert.deepStrictEqual({ ...after, redis: 0 }, { ...before, redis: 0 })
    assert.notStrictEqual(after.redis, port)
  })
)

it.live("takes a fixed port as it is, and gives it to nothing else", () =>
  Effect.gen(function* () {
    const fixed = startOfSearch("/data/three")
    const ports = yield* choosePorts("/data/three", { redis: fixed }, { kafka: fixed })
    assert.strictEqual(ports.redis, fixed)
    assert.strictEqual(portNames.filter((name) => ports[name] === fixed).length, 1)
  })
)

it.live("refuses a fixed port that is taken, naming the setting", () =>
  Effect.gen(function* () {
    const { port } = yield* held
    const error = yield* Effect.flip(choosePorts("/data/four", { kafka: port }, {}))
    assert.include(error.message, `Port ${port}`)
    assert.include(error.message, "MILLRACE_KAFKA_PORT")
    assert.strictEqual(error.part, "kafka")
  })
)

it.effect.prop("starts the search for any folder where all ports fit below 32000", [Schema.String], ([folder]) =>
  Effect.sync(() => {
    const start = startOfSearch(folder)
    assert.isTrue(start >= 20_000 && start <= 31_899)
    assert.strictEqual(startOfSearch(folder), start)
  })
)
