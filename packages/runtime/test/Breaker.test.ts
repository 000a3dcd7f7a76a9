import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import {
  admit,
  type Breaker,
  type BreakerPolicy,
  type CallOutcome,
  closedBreaker,
  openingMs,
  type Permit,
  report
} from "../src/Breaker.ts"

const policy: BreakerPolicy = {
  failureRate: 0.5,
  windowCalls: 8,
  minimumCalls: 4,
  probes: 2,
  openMs: 1000,
  openMaxMs: 5000
}

const Outcome = Schema.Literals(["succeeded", "failed", "ignored"])

/** What happens to a breaker: time passes, a call asks, the oldest call under way ends. */
const Step = Schema.Union([
  Schema.Struct({ _tag: Schema.tag("Pass"), ms: Schema.Literals([1, 5, 995, 1000, 3000]) }),
  Schema.Struct({ _tag: Schema.tag("Ask") }),
  Schema.Struct({ _tag: Schema.tag("End"), outcome: Outcome, newest: Schema.Boolean })
])
const Steps = Schema.Array(Step)

interface Seen {
  readonly before: Breaker
  readonly after: Breaker
  readonly nowMs: number
  readonly step: typeof Step.Type
  readonly admitted: boolean
  /** Calls under way that were let through by the present generation. */
  readonly running: number
  readonly ended: { readonly permit: Permit; readonly outcome: CallOutcome } | undefined
}

/** Plays the steps and returns what was seen at each. */
const play = (steps: ReadonlyArray<typeof Step.Type>): ReadonlyArray<Seen> => {
  let breaker = closedBreaker
  let nowMs = 0
  let calls: ReadonlyArray<Permit> = []
  return steps.map((step) => {
    const before = breaker
    let admitted = false
    let ended: Seen["ended"]
    if (step._tag === "Pass") nowMs += step.ms
    else if (step._tag === "Ask") {
      const [next, admission] = admit(breaker, policy, nowMs)
      breaker = next
      admitted = admission._tag === "Admitted"
      if (admission._tag === "Admitted") calls = [...calls, admission.permit]
      else assert.isAbove(admission.retryAfterMs, 0)
    } else {
      const permit = calls.at(step.newest ? -1 : 0)
      if (permit !== undefined) {
        calls = step.newest ? calls.slice(0, -1) : calls.slice(1)
        breaker = report(breaker, policy, permit, step.outcome, nowMs)
        ended = { permit, outcome: step.outcome }
      }
    }
    const running = calls.filter(({ generation }) => generation === breaker.generation).length
    return { before, after: breaker, nowMs, step, admitted, running, ended }
  })
}

/** One call after the other, each with its end. */
const oneByOne = (outcomes: ReadonlyArray<CallOutcome>): ReadonlyArray<typeof Step.Type> =>
  outcomes.flatMap((outcome) => [{ _tag: "Ask" }, { _tag: "End", outcome, newest: true }] as const)

/** Three calls that stay under way, and four that fail: what follows begins with an open breaker. */
const opening: ReadonlyArray<typeof Step.Type> = [
  ...Array.from({ length: 3 }, () => ({ _tag: "Ask" }) as const),
  ...oneByOne(["failed", "failed", "failed", "failed"])
]
const playOpened = (steps: ReadonlyArray<typeof Step.Type>) =>
  play([...opening, { _tag: "Pass", ms: 1000 }, { _tag: "Ask" }, ...steps])

/** Asks and fails that many calls, one after the other. */
const failing = (breaker: Breaker, calls: number, nowMs: number): Breaker => {
  let now = breaker
  for (let n = 0; n < calls; n++) {
    const [next, admission] = admit(now, policy, nowMs)
    if (admission._tag === "Admitted") now = report(next, policy, admission.permit, "failed", nowMs)
  }
  return now
}

/** The rule, told once more: from the outcomes since it last closed, none of them of a call let through before. */
const opensByTheRule = (history: ReadonlyArray<Seen>): void => {
  let since: ReadonlyArray<CallOutcome> = []
  for (const { after, before, ended } of history) {
    if (before._tag !== "Closed") since = []
    else if (ended?.permit.generation === before.generation) {
      if (ended.outcome !== "ignored") since = [...since, ended.outcome].slice(-policy.windowCalls)
      const failed = since.filter((outcome) => outcome === "failed").length
      const opens =
        ended.outcome === "failed" && since.length >= policy.minimumCalls && failed / since.length >= policy.failureRate
      assert.strictEqual(after._tag, opens ? "Open" : "Closed")
    }
  }
}

describe("a breaker", () => {
  it.effect.prop(
    "opens exactly by its rule: the failed share of the last calls, once there are enough",
    [Steps, Schema.Array(Outcome)],
    ([steps, outcomes]) =>
      Effect.sync(() => {
        for (const history of [play(steps), play(oneByOne(outcomes))]) opensByTheRule(history)
      })
  )

  it.effect.prop(
    "lets nothing through while it is open, and never more than its probes half-open",
    [Steps],
    ([steps]) =>
      Effect.sync(() => {
        for (const { admitted, after, before, nowMs, running } of playOpened(steps)) {
          if (before._tag === "Open" && nowMs < before.untilMs) assert.isFalse(admitted)
          if (after._tag === "HalfOpen") {
            assert.strictEqual(after.running, running)
            assert.isAtMost(after.running + after.succeeded, policy.probes)
          }
        }
      })
  )

  it.effect.prop("closes when all probes succeeded, and opens again for longer when one fails", [Steps], ([steps]) =>
    Effect.sync(() => {
      for (const { after, before, ended, nowMs } of playOpened(steps)) {
        if (before._tag !== "HalfOpen" || ended === undefined || ended.permit.generation !== before.generation) continue
        if (ended.outcome === "failed") {
          assert.deepInclude(after, { _tag: "Open", openings: before.openings + 1 })
          if (after._tag === "Open") assert.strictEqual(after.untilMs - nowMs, openingMs(policy, before.openings + 1))
        } else if (ended.outcome === "succeeded") {
          assert.strictEqual(after._tag, before.succeeded + 1 === policy.probes ? "Closed" : "HalfOpen")
        } else assert.deepInclude(after, { _tag: "HalfOpen", running: before.running - 1, succeeded: before.succeeded })
      }
    })
  )

  it.effect.prop("takes no notice of calls that it let through before it opened", [Steps], ([steps]) =>
    Effect.sync(() => {
      for (const { after, before, ended } of playOpened(steps)) {
        if (ended !== undefined && ended.permit.generation !== before.generation) assert.strictEqual(after, before)
      }
    })
  )

  it("looks at the last calls only, and is open to the millisecond", () => {
    const calls = oneByOne([...Array.from({ length: 12 }, () => "succeeded" as const), "failed", "failed", "failed"])
    assert.strictEqual(play(calls).at(-1)!.after._tag, "Closed")
    const open = play([...calls, ...oneByOne(["failed"])]).at(-1)!.after
    assert.strictEqual(open._tag, "Open")
    assert.deepStrictEqual(admit(open, policy, 999)[1], { _tag: "Refused", retryAfterMs: 1 })
    assert.strictEqual(admit(open, policy, 1000)[1]._tag, "Admitted")
  })

  it("stays open for 1 s, 2 s, 4 s, then 5 s at most", () => {
    assert.deepStrictEqual(
      [1, 2, 3, 4, 400].map((openings) => openingMs(policy, openings)),
      [1000, 2000, 4000, 5000, 5000]
    )
  })

  it("begins anew with short openings after it stayed closed for as long as it was open", () => {
    const closedAgain = (nowMs: number, breaker: Breaker): Breaker => {
      let now = breaker
      for (let n = 0; n < policy.probes; n++) {
        const [next, admission] = admit(now, policy, nowMs)
        assert.strictEqual(admission._tag, "Admitted")
        if (admission._tag === "Admitted") now = report(next, policy, admission.permit, "succeeded", nowMs)
      }
      return now
    }
    const first = failing(closedBreaker, 4, 0)
    assert.deepInclude(first, { _tag: "Open", untilMs: 1000, openings: 1 })
    const soon = failing(closedAgain(1000, first), 4, 1999)
    assert.deepInclude(soon, { _tag: "Open", untilMs: 1999 + 2000, openings: 2 })
    const later = failing(closedAgain(4000, soon), 4, 6000)
    assert.deepInclude(later, { _tag: "Open", untilMs: 7000, openings: 1 })
  })
})
