import { assert, it } from "@effect/vitest"
import {
  accountHistory,
  accountState,
  accountStateKey,
  auditLog,
  automationCommands,
  commandSubject,
  controls,
  decisions,
  marketTicks,
  tradeLog
} from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { countedActions } from "../src/episodes.ts"
import { explainRule, type RecordedDecision, type RecordedOutcome, reasonAt } from "../src/index.ts"
import { account, decision, position, rule, tickOf } from "./fixtures.ts"
import { createTopics, historyLayer, writeAt } from "./HistoryBench.ts"
import { type Happening, RandomHistory, settings } from "./RandomHistory.ts"

/** Writes a happening as the services write it. */
const record = Effect.fnUntraced(function* (happening: Happening) {
  const { atMs } = happening
  switch (happening._tag) {
    case "Tick":
      return yield* writeAt(atMs, marketTicks, { key: "btc_usd", value: happening.value })
    case "Decision":
      return yield* writeAt(atMs, decisions, { key: "a1", value: happening.value })
    case "Command": {
      const key = `a1/${commandSubject(happening.value)}`
      return yield* writeAt(atMs, automationCommands, { key, value: happening.value, lane: "critical" })
    }
    case "Outcome":
      return yield* writeAt(atMs, tradeLog, { key: "a1", value: happening.value })
    case "State": {
      const { value } = happening
      const key = accountStateKey(value)
      yield* writeAt(atMs, accountState, { key, value })
      yield* writeAt(atMs, accountHistory, { key: "a1", value })
      if (value._tag === "Position" && value.status === "closed")
        yield* writeAt(atMs, accountState, { key, value: null })
      return
    }
    case "Switch": {
      const { key, value } = happening
      yield* writeAt(atMs, controls, { key, value: value ?? null, workspaceId: "system" })
      const { _tag, ...details } = value ?? { _tag: undefined }
      const action = value === undefined ? "trading_removed" : "trading_stored"
      const common = { auditId: `${key}-${atMs}`, workspaceId: "system", actor: "ada", atMs }
      const entry = { ...common, action, details: { key, ...details } }
      yield* writeAt(atMs, auditLog, { key: "system", value: entry, workspaceId: "system" })
    }
  }
})

it.effect.prop(
  "finds in the topics what the evaluation of any tick went by",
  [Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 31 - 2 }))],
  ([seed]) =>
    Effect.gen(function* () {
      yield* createTopics
      const history = new RandomHistory(seed, 60)
      for (const happening of history.happenings) yield* record(happening)
      const all = history.happenings.flatMap(
        (one): ReadonlyArray<RecordedDecision> =>
          one._tag === "Decision" ? [{ value: one.value, timestampMs: one.atMs }] : []
      )
      const outcomes = new Map<string, Array<RecordedOutcome>>()
      for (const one of history.happenings)
        if (one._tag === "Outcome") {
          const known = outcomes.get(one.value.commandId) ?? []
          outcomes.set(one.value.commandId, [...known, { ...one.value, recordedAtMs: one.atMs }])
        }
      for (const { account, rules, switches, tick } of history.evaluated.filter((_, n) => n % 3 === 0)) {
        for (const rule of rules) {
          const ofRule = all.filter(({ value }) => value.ruleId === rule.ruleId)
          const actedAtMs = countedActions({ account, rule }, ofRule, outcomes, tick)
          const found = yield* explainRule({
            ruleId: rule.ruleId,
            at: { _tag: "Market", atMs: tick.value.marketTimeMs },
            ...settings
          })
          assert.deepStrictEqual(found.rule, rule)
          assert.deepStrictEqual(found.account, account)
          for (const { attempts, episode, finding, position } of found.explanations) {
            const own = ofRule.filter(({ value }) => value.positionId === position?.positionId)
            const evidence = { tick, account, rule, position, switches, decisions: own, actedAtMs, ...settings }
            assert.deepStrictEqual(finding.reason, reasonAt(evidence).reason)
            if (finding.reason !== "fired") continue
            assert.strictEqual(episode[0]?.value.previousReason, undefined, "from the episode's beginning")
            const last = attempts.at(-1)!
            assert.strictEqual(last.command?.commandId, last.commandId)
            assert.deepStrictEqual(last.outcomes, outcomes.get(last.commandId) ?? [])
          }
        }
      }
    }).pipe(Effect.provide(historyLayer)),
  { arbitrary: { runs: 2 } }
)

const wall = (atMs: number) => ({ _tag: "Wall", atMs }) as const

const state = Effect.fnUntraced(function* (atMs: number, value: typeof account | typeof rule | typeof position) {
  yield* writeAt(atMs, accountState, { key: accountStateKey(value), value })
  yield* writeAt(atMs, accountHistory, { key: "a1", value })
})

it.effect("says precisely what it can't explain: an unknown rule, a time before it, a position it did not watch", () =>
  Effect.gen(function* () {
    yield* createTopics
    yield* state(1_000, account)
    yield* state(1_000, { ...rule, ruleId: "guard-long" })
    yield* writeAt(2_000, marketTicks, { key: "btc_usd", value: tickOf(2_000, 60_000) })
    yield* state(3_000, rule)
    yield* writeAt(4_000, marketTicks, { key: "btc_usd", value: tickOf(4_000, 60_000) })
    const failed = (request: Parameters<typeof explainRule>[0]) => Effect.map(Effect.flip(explainRule(request)), String)
    assert.match(
      yield* failed({ ruleId: "gaurd-1", at: wall(5_000) }),
      /There is no rule gaurd-1.*The most like it: guard-1, guard-long\.$/u
    )

    assert.match(
      yield* failed({ ruleId: "guard-1", at: wall(3_500) }),
      /did not exist with the tick of 1970-01-01T00:00:02.000Z; it was stored at 1970-01-01T00:00:03.000Z/u
    )
    assert.match(
      yield* failed({ ruleId: "guard-1", at: wall(1_500) }),
      /No tick of btc_usd is recorded at 1970.*oldest one/u
    )
    const other = { ruleId: "guard-1", at: wall(5_000), positionId: "p9" }
    assert.match(yield* failed(other), /watched no position p9 .* It watched none/u)
    yield* writeAt(6_000, accountState, { key: accountStateKey(rule), value: null })
    const removed = { _tag: "Removed" as const, accountId: "a1", key: accountStateKey(rule), atMs: 6_000 }
    yield* writeAt(6_000, accountHistory, { key: "a1", value: removed })
    yield* writeAt(7_000, marketTicks, { key: "btc_usd", value: tickOf(7_000, 60_000) })
    assert.match(yield* failed({ ruleId: "guard-1", at: wall(7_000) }), /it was removed at 1970-01-01T00:00:06.000Z/u)
    const before = yield* explainRule({ ruleId: "guard-1", at: wall(4_500) })
    assert.deepStrictEqual(before.explanations, [], "it watched no position then")
  }).pipe(Effect.provide(historyLayer))
)

it.effect(
  "refuses a time whose decisions were deleted, rather than call a rule that acted one that was not evaluated",
  () =>
    Effect.gen(function* () {
      yield* createTopics
      const { admin } = yield* KafkaClient
      const day = 86_400_000
      yield* state(1_000, account)
      yield* state(1_000, rule)
      yield* state(1_000, position)
      yield* writeAt(2_000, marketTicks, { key: "btc_usd", value: tickOf(2_000, 55_000) })
      yield* writeAt(2_001, decisions, { key: "a1", value: { ...decision, marketTimeMs: 2_000 } })
      yield* writeAt(80 * day, decisions, {
        key: "a1",
        value: { ...decision, ruleId: "other", marketTimeMs: 80 * day }
      })
      const request = { ruleId: "guard-1", at: wall(3_000) }
      yield* TestClock.setTime(95 * day)
      assert.strictEqual((yield* explainRule(request)).explanations[0]?.finding.reason, "fired")
      const partition = (yield* admin.offsets("decisions")).find(({ end }) => end > 0)!.partition
      yield* admin.deleteRecords("decisions", [{ partition, offset: 1 }])
      assert.match(String(yield* Effect.flip(explainRule(request))), /decisions no longer has the records/u)
    }).pipe(Effect.provide(historyLayer))
)
