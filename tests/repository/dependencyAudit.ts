import { Result, Schema } from "effect"

/** A vulnerability that is known and taken for a while, with the reason why it does no harm here. */
export const AcceptedAdvisory = Schema.Struct({
  /** As in its address: `GHSA-…`. */
  advisory: Schema.NonEmptyString,
  package: Schema.NonEmptyString,
  reason: Schema.String.check(Schema.isMinLength(20)),
  /** Last day on which it is accepted, `YYYY-MM-DD`. */
  until: Schema.String.check(Schema.isPattern(/^\d{4}-\d{2}-\d{2}$/u))
})
export type AcceptedAdvisory = typeof AcceptedAdvisory.Type

const Advisory = Schema.Struct({
  source: Schema.Union([Schema.Finite, Schema.String]),
  name: Schema.String,
  title: Schema.String,
  url: Schema.optionalKey(Schema.String),
  severity: Schema.String,
  range: Schema.optionalKey(Schema.String)
})

/** What `npm audit --json` answers, version 2; `via` names other packages or tells an advisory. */
const Answer = Schema.fromJsonString(
  Schema.Struct({
    auditReportVersion: Schema.Literal(2),
    vulnerabilities: Schema.Record(
      Schema.String,
      Schema.Struct({ via: Schema.Array(Schema.Union([Schema.String, Advisory])) })
    )
  })
)

/** An answer that says only why there is none. */
const Refusal = Schema.fromJsonString(
  Schema.Struct({
    message: Schema.optionalKey(Schema.String),
    error: Schema.optionalKey(
      Schema.Struct({ code: Schema.optionalKey(Schema.String), summary: Schema.optionalKey(Schema.String) })
    )
  })
)

/** What the audit comes to. `notAsked`: nobody said anything about the dependencies, which is neither good nor bad. */
export interface AuditVerdict {
  readonly verdict: "sound" | "vulnerable" | "notAsked"
  readonly lines: ReadonlyArray<string>
}

const failing = new Set(["high", "critical"])
const decodeAnswer = Schema.decodeUnknownResult(Answer)
const decodeRefusal = Schema.decodeUnknownResult(Refusal)

/** Judges the answer of `npm audit --omit=dev --json`; `today` as `YYYY-MM-DD`. */
export const judgeAudit = (answer: string, accepted: ReadonlyArray<AcceptedAdvisory>, today: string): AuditVerdict => {
  const decoded = decodeAnswer(answer)
  if (Result.isFailure(decoded)) return notAsked(answer)
  const advisories = [
    ...new Map(
      Object.values(decoded.success.vulnerabilities)
        .flatMap(({ via }) => via)
        .filter((one) => typeof one === "object")
        .map((one) => [`${one.name} ${one.source}`, { ...one, id: one.url?.split("/").at(-1) ?? String(one.source) }])
    ).values()
  ]
  const grave = advisories.filter(({ severity }) => failing.has(severity))
  const acceptedAs = ({ id, name }: { readonly id: string; readonly name: string }) =>
    accepted.find((one) => one.advisory === id && one.package === name)
  const faults = grave.flatMap((one) => {
    const found = `${one.severity}: ${one.name} ${one.range ?? ""}: ${one.title} (${one.id})`
    const known = acceptedAs(one)
    if (known === undefined) return [`${found}. Update it, or accept it with a reason in acceptedAdvisories.json.`]
    return known.until < today
      ? [`${found}: was accepted until ${known.until}. Update it, or say why it can wait.`]
      : []
  })
  const held = grave.filter((one) => (acceptedAs(one)?.until ?? "") >= today)
  const idle = accepted.filter(({ advisory }) => !grave.some(({ id }) => id === advisory))
  const lines = [
    ...faults,
    ...held.map((one) => `accepted until ${acceptedAs(one)?.until}: ${one.name}: ${one.title} (${one.id})`),
    ...idle.map((one) => `no longer found: ${one.package} ${one.advisory}; take it out of acceptedAdvisories.json`),
    `${advisories.length} known vulnerabilities in what is shipped, ${grave.length} of them high or critical`
  ]
  return { verdict: faults.length > 0 ? "vulnerable" : "sound", lines }
}

const notAsked = (answer: string): AuditVerdict => {
  const refusal = decodeRefusal(answer)
  const said = Result.isSuccess(refusal)
    ? (refusal.success.message ?? refusal.success.error?.summary ?? refusal.success.error?.code)
    : undefined
  const why = (said ?? answer).trim().split("\n")[0] ?? ""
  return {
    verdict: "notAsked",
    lines: [
      `NOT ASKED: the registry gave no audit (${why === "" ? "no answer" : why.replaceAll(/https?:\/\/\S+/gu, "its address").slice(0, 120)}).`,
      "Whether dependencies have known vulnerabilities is not known from this run; ask again where a registry with an audit endpoint is reached."
    ]
  }
}
