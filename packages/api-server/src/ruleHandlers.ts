import { Caller, Conflict, Invalid, MillraceApi, type StatedRule } from "@millrace/api"
import type { Rule } from "@millrace/contracts"
import { explainRule, History } from "@millrace/history"
import { AccountStore, type RuleInput } from "@millrace/store"
import { checkRule } from "@millrace/trading"
import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { noSuch, orUnavailable, refusedAsConflict } from "./answers.ts"
import { nothingThere, ruleExplanationInfo } from "./explanationAnswers.ts"
import { orHistoryUnavailable } from "./historyAnswers.ts"

/** The group `rules`: rules of the accounts of the caller's workspace. */
export const ruleHandlers = HttpApiBuilder.group(
  MillraceApi,
  "rules",
  Effect.fnUntraced(function* (handlers) {
    const store = yield* AccountStore
    const history = yield* History

    const owned = Effect.fnUntraced(function* (ruleId: string) {
      const { workspaceId } = yield* Caller
      const found = yield* store.rule(ruleId)
      if (found === undefined || found.workspaceId !== workspaceId) return yield* noSuch("rule", ruleId)
      return found.rule
    })
    const modified = Effect.fnUntraced(function* (
      ruleId: string,
      change: (rule: Rule) => RuleInput,
      seenVersion?: number
    ) {
      const { userId: actor } = yield* Caller
      return yield* store
        .modifyRule(ruleId, change, { actor, ...(seenVersion === undefined ? {} : { seenVersion }) })
        .pipe(Effect.catchTag("ChangeRefused", (error) => Effect.fail(refusedAsConflict(error))))
    })

    const created = Effect.fnUntraced(function* (rule: RuleInput) {
      const { userId: actor } = yield* Caller
      yield* store
        .save({ actor, rules: [rule] })
        .pipe(Effect.catchTag("ChangeRefused", (error) => Effect.fail(refusedAsConflict(error))))
      return yield* owned(rule.ruleId)
    })

    return handlers
      .handle("list", ({ query: { accountId, after, limit = 50, search } }) =>
        Effect.gen(function* () {
          const { workspaceId } = yield* Caller
          const { items, total } = yield* store.rulesPage(workspaceId, { accountId, search, after, limit: limit + 1 })
          const last = items[limit - 1]
          return {
            items: items.slice(0, limit),
            total,
            ...(items.length > limit && last !== undefined ? { next: last.ruleId } : {})
          }
        }).pipe(orUnavailable)
      )
      .handle("show", ({ params: { ruleId } }) => owned(ruleId).pipe(orUnavailable))
      .handle("put", ({ params: { ruleId }, payload: { rule: stated, version } }) =>
        Effect.gen(function* () {
          const { workspaceId } = yield* Caller
          const account = yield* store.account(stated.accountId)
          if (account?.workspaceId !== workspaceId) return yield* noSuch("account", stated.accountId)
          yield* checkStated(stated, ruleId)
          if (version === undefined) {
            if ((yield* store.rule(ruleId)) !== undefined) return yield* seenFirst
            return yield* created({ ...stated, ruleId, enabled: true, dryRun: true })
          }
          yield* owned(ruleId)
          return yield* modified(ruleId, ({ dryRun, enabled }) => ({ ...stated, ruleId, enabled, dryRun }), version)
        }).pipe(orUnavailable)
      )
      .handle("switch", ({ params: { ruleId }, payload }) =>
        Effect.gen(function* () {
          yield* owned(ruleId)
          return yield* modified(ruleId, ({ _tag, version, ...rule }) => ({ ...rule, ...payload }))
        }).pipe(orUnavailable)
      )
      .handle("remove", ({ params: { ruleId } }) =>
        Effect.gen(function* () {
          const { userId: actor } = yield* Caller
          yield* owned(ruleId)
          yield* store
            .save({ actor, removeRules: [ruleId] })
            .pipe(Effect.catchTag("ChangeRefused", (error) => Effect.fail(refusedAsConflict(error))))
        }).pipe(orUnavailable)
      )
      .handle("explain", ({ params: { ruleId }, query: { atMs, positionId } }) =>
        Effect.gen(function* () {
          yield* owned(ruleId)
          const found = yield* explainRule({
            ruleId,
            at: { _tag: "Wall", atMs: atMs ?? (yield* Clock.currentTimeMillis) },
            ...(positionId === undefined ? {} : { positionId })
          }).pipe(
            Effect.provideService(History, history),
            Effect.catchTags({
              NoTick: (error) => nothingThere(ruleId, error),
              UnknownRule: (error) => nothingThere(ruleId, error),
              RuleNotStored: (error) => nothingThere(ruleId, error),
              PositionNotWatched: (error) => nothingThere(ruleId, error)
            })
          )
          return ruleExplanationInfo(found)
        }).pipe(orHistoryUnavailable, orUnavailable)
      )
  })
)

/** What the schema can't say: fields that belong together, and bounds that depend on the action. */
const checkStated = (stated: StatedRule, ruleId: string) => {
  const [first, ...others] = checkRule({ ...stated, ruleId, enabled: true, dryRun: true })
  return first === undefined
    ? Effect.void
    : Effect.fail(
        new Invalid({
          where: `payload.rule.${first.field}`,
          found: others.length === 0 ? "another value" : `another value, and ${others.length} more faults`,
          expected: first.expected,
          whatToDo: "Correct it and send the rule again; nothing was stored."
        })
      )
}

const seenFirst = new Conflict({
  where: "payload.version",
  found: "no version, and an id that is taken",
  expected: "the version of the rule that you have seen, or another id",
  whatToDo: "Read the rule, then send the version that you have changed."
})
