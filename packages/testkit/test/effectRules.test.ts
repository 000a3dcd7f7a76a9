/** What the checker must say of effects and their outcomes, on histories of one command. */
import { assert, it } from "@effect/vitest"
import { checkEffects } from "../src/effectRules.ts"
import { commandId } from "../src/executorWork.ts"
import type { HistoryEvent } from "../src/History.ts"

const appended = (topic: string, value: unknown): HistoryEvent => ({
  at: 0,
  process: "executor.1#1",
  type: "appended",
  topic,
  partition: 0,
  offset: 0,
  key: "a-1/p-1",
  id: "",
  origin: undefined,
  reason: "",
  value: JSON.stringify(value)
})
const accepted = appended("automation-commands.critical", { commandId: "command-p-1" })
const told = (status: string, reason = "r") => appended("trade-log", { commandId: "command-p-1", status, reason })
const effect: HistoryEvent = { at: 0, process: "", type: "effect", intent: "command-p-1", what: "add_margin" }

it.each([
  ["one effect that is told", [accepted, effect, told("completed")], []],
  ["a refusal without an effect", [accepted, told("refused")], []],
  ["an outcome that was unknown first", [accepted, effect, told("unknown"), told("completed")], []],
  ["the same outcome told twice", [accepted, effect, told("completed"), told("completed")], []],
  ["two effects", [accepted, effect, effect, told("completed")], ["effect_twice", "outcome_untrue"]],
  ["an effect that is told as refused", [accepted, effect, told("refused")], ["outcome_untrue"]],
  ["completion without an effect", [accepted, told("completed")], ["outcome_untrue"]],
  ["no outcome", [accepted, effect], ["no_outcome"]],
  ["a command that is given up", [accepted, told("refused", "not_applied_in_time")], ["given_up"]],
  [
    "an unknown one that turned out not to be applied",
    [accepted, told("unknown"), told("refused", "not_applied_in_time")],
    []
  ],
  ["an outcome that is taken back", [accepted, effect, told("refused"), told("completed")], ["outcome_changed"]]
] as const)("judges %s", (_, events, rules) => {
  assert.deepStrictEqual(
    checkEffects(events, commandId).map(({ rule }) => rule),
    [...rules]
  )
})
