import { nearest } from "@millrace/history"
import { AccountStore } from "@millrace/store"
import { Effect } from "effect"
import { refused } from "./CommandFailed.ts"

/** The stored rules with these ids, in that order. Says which there are when one is missing. */
export const storedRules = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
  const all = yield* AccountStore.use((store) => store.rules())
  const known = new Map(all.map((rule) => [rule.ruleId, rule]))
  const missing = ids.find((id) => !known.has(id))
  if (missing === undefined) return ids.flatMap((id) => known.get(id) ?? [])
  const near = nearest(missing, [...known.keys()])
  return yield* refused(
    near.length === 0
      ? `There is no rule ${missing}, and no other. \`millrace rules apply FILE\` makes some.`
      : `There is no rule ${missing}. Do you mean ${near.join(", ")}? Nothing was changed.`
  )
})
