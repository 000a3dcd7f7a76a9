import { assert, describe, it } from "@effect/vitest"
import { exchangeAddresses, pipelineServices, workerSpecs } from "../src/serviceSpecs.ts"

const places = {
  stack: { KAFKA_BROKERS: "127.0.0.1:9092" },
  masterKey: "key",
  schemaCache: "cache",
  runId: "run",
  apiPort: 3080,
  speed: 4,
  instances: 1
} as const
const simulator = { port: 1, controlUrl: "http://127.0.0.1:2" }

describe("the processes of a run", () => {
  it("are one of each worker", () => {
    assert.deepStrictEqual(
      workerSpecs(places, simulator, false).map(({ name }) => name),
      [...pipelineServices]
    )
  })

  it("are several of those that share the accounts, each with an instance of its own", () => {
    const specs = workerSpecs({ ...places, instances: 3 }, simulator, false)
    const monitors = specs.filter(({ main }) => main.includes("margin-monitor"))
    assert.deepStrictEqual(
      monitors.map(({ name, env }) => [name, env.INSTANCE]),
      [
        ["margin-monitor", "run"],
        ["margin-monitor-2", "run-2"],
        ["margin-monitor-3", "run-3"]
      ]
    )
    assert.lengthOf(
      specs.filter(({ main }) => main.includes("market-data")),
      1
    )
  })

  it("speak the version of the exchange's API that is set, by default the present one", () => {
    const v3 = { EXCHANGE_REST_URL: "http://127.0.0.1:7/v3", EXCHANGE_STREAM_URL: "ws://127.0.0.1:7/v1" }
    assert.deepStrictEqual(exchangeAddresses(undefined, 7), v3)
    assert.deepStrictEqual(exchangeAddresses("v3", 7), v3)
    assert.deepStrictEqual(exchangeAddresses("v2", 7), {
      EXCHANGE_REST_URL: "http://127.0.0.1:7/v2",
      EXCHANGE_STREAM_URL: "ws://127.0.0.1:7"
    })
  })

  it("are one process where all share it", () => {
    assert.lengthOf(workerSpecs({ ...places, instances: 1 }, simulator, true), 1)
  })
})
