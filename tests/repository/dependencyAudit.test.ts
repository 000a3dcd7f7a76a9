import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import accepted from "./acceptedAdvisories.json" with { type: "json" }
import { AcceptedAdvisory, judgeAudit } from "./dependencyAudit.ts"

const recorded = (name: string) => readFileSync(new URL(`./audits/${name}.json`, import.meta.url), "utf8")
const today = "2026-11-25"

const accepting = (until: string, advisory = "GHSA-aaaa-bbbb-cccc") => [
  { advisory, package: "inner", reason: "Only reached with input of our own.", until }
]

/**
 * @guarantee operation: A known vulnerability of high or critical severity in what is shipped fails the checks, unless it is accepted with a reason and an end
 * @how answers of `npm audit`; a registry that gives none is told as not asked
 */
describe("the audit of dependencies", () => {
  it("fails by each grave advisory once, however many packages it reaches", () => {
    const { lines, verdict } = judgeAudit(recorded("vulnerable"), [], today)
    assert.strictEqual(verdict, "vulnerable")
    assert.deepStrictEqual(lines, [
      "high: inner <1.2.3: Prototype pollution in inner (GHSA-aaaa-bbbb-cccc). Update it, or accept it with a reason in acceptedAdvisories.json.",
      "2 known vulnerabilities in what is shipped, 1 of them high or critical"
    ])
  })

  it("lets an accepted one pass until its end, and not a day longer", () => {
    assert.strictEqual(judgeAudit(recorded("vulnerable"), accepting(today), today).verdict, "sound")
    const { lines, verdict } = judgeAudit(recorded("vulnerable"), accepting("2026-11-24"), today)
    assert.strictEqual(verdict, "vulnerable")
    assert.match(lines[0]!, /was accepted until 2026-11-24/u)
    assert.strictEqual(
      judgeAudit(recorded("vulnerable"), accepting("2027-01-01", "GHSA-other"), today).verdict,
      "vulnerable"
    )
  })

  it("is content with none, and says what needs no acceptance any more", () => {
    const { lines, verdict } = judgeAudit(recorded("sound"), accepting("2027-01-01"), today)
    assert.strictEqual(verdict, "sound")
    assert.match(lines[0]!, /no longer found: inner GHSA-aaaa-bbbb-cccc/u)
  })

  it("says that it was not asked where there is no answer, or none that it knows", () => {
    const answers = [
      recorded("refused"),
      "",
      "<html>",
      "null",
      '{"error":{"code":"ENOLOCK"}}',
      '{"auditReportVersion":3}'
    ]
    for (const answer of answers) {
      const { lines, verdict } = judgeAudit(answer, [], today)
      assert.strictEqual(verdict, "notAsked", answer)
      assert.match(lines[0]!, /^NOT ASKED: the registry gave no audit \(.+\)\.$/u)
    }
    assert.notInclude(judgeAudit(recorded("refused"), [], today).lines[0], "registry.example")
  })

  it("accepts nothing without a reason and an end", () => {
    Schema.decodeUnknownSync(Schema.Array(AcceptedAdvisory))(accepted)
    const decode = Schema.decodeUnknownSync(AcceptedAdvisory)
    for (const change of [{ reason: "no" }, { until: "soon" }, { advisory: "" }]) {
      assert.throws(() => decode({ ...accepting("2027-01-01")[0], ...change }))
    }
  })
})
