import { assert, it } from "@effect/vitest"
import { ConfigProvider, Effect, Option, Redacted } from "effect"
import { SimulatorConfig } from "../src/index.ts"
import { withSimulator } from "./Exchange.fixture.ts"

const read = (SIMULATOR: object) =>
  SimulatorConfig.pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ SIMULATOR }))))

it.effect("has the exchange's limits by default and reads faults as JSON", () =>
  Effect.gen(function* () {
    const settings = yield* read({ FAULTS: '[{"kind":"latency","latencyMs":5}]', MARKET: '{"maxTrades":3}' })
    assert.deepInclude(settings, {
      host: "127.0.0.1",
      port: 0,
      accountRequestsPerSecond: 5,
      publicRequestsPerSecond: 1,
      v2AccountRequestsPerMinute: 60,
      v2PublicRequestsPerMinute: 30
    })
    assert.deepStrictEqual(settings.market, { maxTrades: 3 })
    assert.deepStrictEqual(settings.faults, [{ kind: "latency", latencyMs: 5 }])
    assert.deepStrictEqual((yield* read({})).faults, [])
  })
)

it.effect("refuses a fault that does not exist", () =>
  Effect.gen(function* () {
    const exit = yield* Effect.exit(read({ FAULTS: '[{"kind":"flood"}]' }))
    assert.strictEqual(exit._tag, "Failure")
  })
)

it.live("wants the control token when one is set, save for health", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, addresses }) {
      assert.strictEqual((yield* control("GET", "/accounts")).status, 401)
      assert.strictEqual((yield* control("GET", "/health")).status, 200)
      const authorised = yield* Effect.promise(() =>
        fetch(`${addresses.control}/accounts`, { headers: { authorization: "Bearer t0ken" } })
      )
      assert.strictEqual(authorised.status, 200)
    }),
    { controlToken: Option.some(Redacted.make("t0ken")) }
  )
)
