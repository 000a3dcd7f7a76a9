/** A file of rules: what it changes, and what it says when it is wrong. */
import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import { defaultRules, parseAlertRules } from "../src/index.ts"

const rulesOf = (text: string) => Result.getOrThrow(parseAlertRules(text, "alerts.yaml"))
const faultsOf = (text: string) => {
  const parsed = parseAlertRules(text, "alerts.yaml")
  return Result.isFailure(parsed) ? parsed.failure : []
}

it("changes what it names, leaves the rest, switches rules off and adds some", () => {
  const rules = rulesOf(`
rules:
  backlog: { lagRecords: 50, forSeconds: 5 }
  slow-processing: { off: true }
  backlog-jobs:
    kind: backlog
    only: ["*: background-jobs*"]
    ageSeconds: 3600
`)
  assert.deepInclude(rules.get("backlog"), { lagRecords: 50, forSeconds: 5, ageSeconds: 300, severity: "warning" })
  assert.isUndefined(rules.get("slow-processing"))
  assert.deepInclude(rules.get("backlog-jobs"), { _tag: "backlog", ageSeconds: 3_600, only: ["*: background-jobs*"] })
  assert.strictEqual(rules.get("kafka-down"), defaultRules.get("kafka-down"))
})

it("tells every fault with its place", () => {
  const faults = faultsOf(`
rules:
  backlog: { share: 0.1 }
  Failure: { kind: failure_rate }
  mine: { forSeconds: 1 }
  other: { kind: weather }
  failure-rate: { share: 2 }
`)
  assert.lengthOf(faults, 5)
  for (const [at, [place, words]] of [
    ["alerts.yaml:3", "share"],
    ["alerts.yaml:4", "small letters"],
    ["alerts.yaml:5", "needs a kind: kafka_down"],
    ["alerts.yaml:6", "weather"],
    ["alerts.yaml:7", "share"]
  ].entries()) {
    assert.include(faults[at], place)
    assert.include(faults[at], words)
  }
  assert.include(faultsOf("rules:\n  backlog: { lag: 1 }")[0], "alerts.yaml:2")
  assert.include(faultsOf(": :")[0], "not YAML")
})
