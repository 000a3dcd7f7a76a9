/** Whatever stands in a record, in a header's place or in a file, a decoder ends with a value or a clear error; nothing throws. */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { hostileJson, hostileVariants, Mangling, mangled } from "@millrace/testkit"
import { Effect, Result, Schema } from "effect"
import { decodeYaml, frame, parseTopics, type TopicContract, topicContracts } from "../src/index.ts"
import { goldenCodec, goldenVersions } from "./goldenRecords.ts"

const contracts: ReadonlyArray<TopicContract<unknown>> = topicContracts
const topicsYaml = readFileSync(new URL("../../../topics.yaml", import.meta.url), "utf8")
const anything = Schema.Struct({ kind: Schema.String, list: Schema.Array(Schema.Unknown) })

const unpolluted = () => assert.isUndefined(Reflect.get({}, "polluted"))

/**
 * @guarantee records: No value of a record makes the codec throw, hang or change what is not its own
 * @how golden records of every topic, with random changes to their bytes and hostile JSON in the place of every field
 */
describe.each(contracts.map((contract) => [contract.name, contract] as const))(
  "a fuzzed record of %s",
  (_, contract) => {
    const golden = goldenVersions(contract.name).at(-1)!
    const records = golden.records.map(({ bytes }) => Buffer.from(bytes, "base64"))
    const decode = (bytes: Uint8Array) =>
      Effect.gen(function* () {
        const codec = goldenCodec(golden.version)
        yield* codec.prepare([contract])
        const decoded = codec.decode(contract, bytes)
        if (Result.isFailure(decoded) && decoded.failure._tag === "Undecodable") {
          assert.isBelow(decoded.failure.issue.length, 20_000, "an issue names the place, not the value")
        }
      })

    it.effect("with hostile JSON in the place of each field", () =>
      Effect.gen(function* () {
        for (const record of records.slice(0, 4)) {
          for (const text of hostileVariants(JSON.parse(record.subarray(5).toString("utf8")))) {
            yield* decode(Buffer.from(frame(golden.version, text)))
            unpolluted()
          }
        }
      })
    )

    it.effect.prop(
      "with random changes to its bytes",
      [Mangling, Schema.Natural],
      ([changes, which]) => decode(mangled(records[which % records.length]!, changes)),
      { arbitrary: { runs: 60 } }
    )
  }
)

/**
 * @guarantee contracts: A file of settings is read or refused with its place, whatever stands in it
 * @how YAML, scenarios, rules and candles with random changes, and YAML that refers to itself, grows or nests without end
 */
describe("a fuzzed YAML file", () => {
  const bombs = [
    `a: &a [x,x,x,x,x,x,x,x,x]\n${[..."bcdefghi"].map((name, n) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghi"[n]}`).join(",")}]`).join("\n")}\n`,
    `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
    `${"- ".repeat(5_000)}x`,
    "a: &a {b: *a}",
    "? {a: 1}\n: 2",
    "__proto__:\n  polluted: true\n",
    "a: !!js/function 'function(){}'",
    "a: !!binary aGFsbG8=",
    `a: ${"9".repeat(400)}`,
    `${"x".repeat(200_000)}: 1`,
    "<<: {a: 1}\n<<: {b: 2}"
  ]

  it("is refused with its place, whatever it holds", () => {
    for (const text of [...bombs, ...hostileJson]) {
      assert.isTrue(Result.isFailure(parseTopics(text, "topics.yaml")), text.slice(0, 60))
      const decoded = decodeYaml(anything, text, "some.yaml")
      assert.isTrue(Result.isFailure(decoded), text.slice(0, 60))
      if (Result.isFailure(decoded)) assert.match(decoded.failure[0]!, /^some\.yaml:\d+:\d+: /u)
      unpolluted()
    }
  })

  it.effect.prop(
    "of topics with random changes",
    [Mangling],
    ([changes]) =>
      Effect.sync(() => {
        const text = mangled(Buffer.from(topicsYaml), changes).toString("utf8")
        parseTopics(text, "topics.yaml")
        decodeYaml(anything, text, "some.yaml")
      }),
    { arbitrary: { runs: 40 } }
  )
})
