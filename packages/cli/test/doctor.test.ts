import { assert, describe, it } from "@effect/vitest"
import { doctorLines, failed, ok } from "../src/DoctorFinding.ts"
import { environmentFindings, settingsIn } from "../src/KnownSettings.ts"
import { spaceFinding } from "../src/machineFindings.ts"
import { skewFinding } from "../src/runningFindings.ts"

const page = `
| name              | type         | default  | effect |
| ----------------- | ------------ | -------- | ------ |
| \`KAFKA_BROKERS\`   | list, by commas | required | Where. |
| \`RUNTIME_PARK_AFTER\` | duration  | 1 s      | When.  |
| \`RUNTIME_BUFFER\`  | whole number | 10       | How many. |
| \`EXCHANGE_API\`    | v3, v2       | v3       | Which. |
| \`HEALTH_PORT\`     | port         | 0        | Port.  |
`

const known = settingsIn(page)
const states = (environment: Record<string, string>) =>
  environmentFindings(known, environment)
    .filter(({ state }) => state !== "ok")
    .map(({ found, state, whatToDo }) => `${state}: ${found}. ${whatToDo}`)

describe("the environment", () => {
  it("is sound with well-formed settings, and with names of other programs", () => {
    assert.deepStrictEqual(
      states({
        RUNTIME_PARK_AFTER: "250 millis",
        RUNTIME_BUFFER: "3",
        EXCHANGE_API: "v2",
        HEALTH_PORT: "80",
        HOME: "/root",
        KAFKA_HOME: "/opt"
      }),
      []
    )
  })

  it("is wrong with malformed settings, whose values are not told", () => {
    const found = states({
      RUNTIME_PARK_AFTER: "soon",
      RUNTIME_BUFFER: "3.5",
      EXCHANGE_API: "v4",
      HEALTH_PORT: "s3cret"
    })
    assert.strictEqual(found.length, 4)
    assert.notInclude(found.join(), "s3cret")
    assert.isTrue(found.every((text) => text.startsWith("failed")))
  })

  it("warns of names that are none, and says which is meant", () => {
    assert.deepStrictEqual(
      states({ KAFKA_BROKER: "x", RUNTIME_BUFERS: "3" }).map((text) => text.replace(/ Correct.*$/u, "")),
      [
        "warning: KAFKA_BROKER is no setting. Do you mean KAFKA_BROKERS?",
        "warning: RUNTIME_BUFERS is no setting. Do you mean RUNTIME_BUFFER?"
      ]
    )
  })
})

describe("findings", () => {
  it("tell how far clocks are apart, from the middle of the call", () => {
    assert.deepInclude(skewFinding(1_050, 1_000, 1_100), { state: "ok" })
    assert.deepInclude(skewFinding(3_000, 1_000, 1_000), { state: "warning" })
    assert.deepInclude(skewFinding(1_000, 9_000, 9_000), {
      state: "failed",
      found: "the exchange's clock is 8000 ms behind ours"
    })
  })

  it("tell of little space before there is none", () => {
    const gib = 1024 ** 3
    assert.deepStrictEqual(
      [spaceFinding("/d", 9 * gib), spaceFinding("/d", gib), spaceFinding("/d", 1)].map(({ state }) => state),
      ["ok", "warning", "failed"]
    )
  })

  it("show what to do right below, and count", () => {
    const lines = doctorLines([ok("Node", "24"), failed("Kafka", "silent", "Start it.")])
    assert.include(lines[2], "→ Start it.")
    assert.strictEqual(lines.at(-1), "1 ok, 0 warnings, 1 failed, 0 skipped")
  })
})
