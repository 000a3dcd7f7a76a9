import { accountHistory, accountState, type Rule } from "@millrace/contracts"
import { Effect, Option, Stream } from "effect"
import { RuleNotStored, UnknownRule } from "./ExplainError.ts"
import { History } from "./History.ts"
import type { HistoryError } from "./HistoryError.ts"
import { nearest } from "./nearest.ts"

/** Ids that are told when one is not known. */
const mostNear = 3

/** Returns the rule as it is now, or, when it was removed, as it was last. Fails with `UnknownRule`. */
export const findRule = Effect.fn("History.findRule")(function* (
  ruleId: string
): Effect.fn.Return<Rule, HistoryError | UnknownRule, History> {
  const { records } = yield* History
  const ids = new Set<string>()
  const ofKey = (key: string): boolean => {
    const [kind, , id] = key.split("/")
    if (kind === "rule" && id !== undefined) ids.add(id)
    return kind === "rule" && id === ruleId
  }
  const now = yield* Stream.runFold(
    records(accountState, { ofKey }),
    (): Rule | undefined => undefined,
    (last, { value }) => (value === null ? undefined : value._tag === "Rule" ? value : last)
  )
  if (now !== undefined) return now
  const removed = yield* Stream.runFold(
    records(accountHistory, {}),
    (): Rule | undefined => undefined,
    (last, { value }) => (value?._tag === "Rule" && value.ruleId === ruleId ? value : last)
  )
  return removed ?? (yield* new UnknownRule({ ruleId, near: nearest(ruleId, [...ids], mostNear) }))
})

/** Says when a rule was stored and removed, as it was not there at a wall time. */
export const ruleNotStored = Effect.fnUntraced(function* (
  rule: Rule,
  atMs: number
): Effect.fn.Return<RuleNotStored, HistoryError, History> {
  const { lookBack, records } = yield* History
  const partitionKey = rule.accountId
  const stored = yield* Stream.runHead(
    Stream.filter(
      records(accountHistory, { partitionKey, fromMs: atMs }),
      ({ value }) => value?._tag === "Rule" && value.ruleId === rule.ruleId
    )
  )
  let removedAtMs: number | undefined
  yield* lookBack(accountHistory, { partitionKey, beforeMs: atMs + 1 }, (window) =>
    Stream.runForEach(window, ({ timestampMs, value }) =>
      Effect.sync(() => {
        if (value?._tag === "Removed" && value.key.endsWith(`/${rule.ruleId}`)) removedAtMs = timestampMs
      })
    ).pipe(Effect.as(removedAtMs === undefined))
  )
  return new RuleNotStored({
    ruleId: rule.ruleId,
    atMs,
    ...(Option.isSome(stored) ? { storedAtMs: stored.value.timestampMs } : {}),
    ...(removedAtMs === undefined ? {} : { removedAtMs })
  })
})
