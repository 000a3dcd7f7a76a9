/** What the checker must say of orders under switches, cancellations, accounts and rules, on histories of one command. */
import { assert, it } from "@effect/vitest"
import type { AutomationCommand, CommandAction } from "@millrace/contracts"
import { checkControls } from "../src/controlRules.ts"
import type { Happening, HistoryEvent } from "../src/History.ts"

const bounds = { openingMs: 3_000, readMs: 500, judgedMs: 60_000, arrivalMs: 30_000 }
const executor = "automation-executor.1#1"

const at = (seconds: number, happening: Happening, process = executor): HistoryEvent => ({
  at: seconds * 1000,
  process,
  ...happening
})
const appended = (seconds: number, topic: string, key: string, value: unknown, offset = 0): HistoryEvent =>
  at(seconds, {
    ...({ type: "appended", topic, partition: 0, offset, key, id: "", origin: undefined, reason: "" } as const),
    value: value === undefined ? "" : JSON.stringify(value)
  })
const read = (seconds: number, topic: string, offset = 0) => at(seconds, { type: "read", topic, partition: 0, offset })
const sent = (seconds: number) => at(seconds, { type: "ordered", intent: "c-1", what: "an order" })
const applied = (seconds: number) => at(seconds, { type: "effect", intent: "c-1", what: "an order" }, "")

const command = (action: CommandAction): HistoryEvent => {
  const value: Partial<AutomationCommand> = { commandId: "c-1", accountId: "a-1", ruleId: "r-1", action }
  return appended(0, "automation-commands.critical", "a-1/p-1", value)
}
const closes = command({ _tag: "close_position" })
const order = { market: "btc_usd", side: "buy", quantityUsd: 100, leverage: 2, orderType: "market" } as const
const opens = command({ _tag: "open_position", marginMode: "isolated", ...order })

const switched = (mode: "HALTED" | "REDUCE_ONLY", scope = "*/*") =>
  appended(10, "controls", `trading/${scope}`, { _tag: "TradingSwitch", mode })
const lifted = (seconds: number) => appended(seconds, "controls", "trading/*/*", undefined, 1)
const canceled = appended(10, "controls", "cancel/c-1", { _tag: "CommandCancel" })
const account = (fields: object) =>
  appended(10, "account-state", "account/a-1/a-1", { _tag: "Account", active: true, version: 2, ...fields })
const guard = (fields: object) => {
  const value = { _tag: "Rule", kind: "margin_guard", enabled: true, action: "close_position", version: 2, ...fields }
  return appended(10, "account-state", "rule/a-1/r-1", value)
}
const knows = read(10.1, "controls")
const hasRead = read(10.1, "account-state")

it.each([
  ["an order before a switch", [closes, sent(9), switched("HALTED"), knows], []],
  ["one of a process that has read HALTED", [closes, switched("HALTED"), knows, sent(11)], ["sent_against_switch"]],
  ["one of a process that has not", [closes, switched("HALTED"), sent(11)], []],
  ["one of another rule's switch", [closes, switched("HALTED", "a-1/r-2"), knows, sent(11)], []],
  ["one of the account's switch", [closes, switched("HALTED", "a-1/*"), knows, sent(11)], ["sent_against_switch"]],
  ["protection under REDUCE_ONLY", [closes, switched("REDUCE_ONLY"), knows, sent(11), applied(12)], []],
  ["what opens under REDUCE_ONLY", [opens, switched("REDUCE_ONLY"), knows, sent(11)], ["sent_against_switch"]],
  ["what opens unaware of a switch", [opens, switched("REDUCE_ONLY"), sent(12.9)], []],
  ["what opens unaware for too long", [opens, switched("REDUCE_ONLY"), sent(13.1)], ["opened_too_late"]],
  ["an opening that arrives in time", [opens, sent(9), switched("HALTED"), applied(42.9)], []],
  ["an opening that arrives too late", [opens, sent(9), switched("HALTED"), applied(43.1)], ["applied_too_late"]],
  [
    "an order after the switch",
    [opens, switched("HALTED"), knows, lifted(20), read(20.1, "controls", 1), sent(21)],
    []
  ],
  ["a command that was withdrawn", [closes, canceled, knows, sent(11)], ["sent_though_canceled"]],
  ["a command judged before its account is off", [closes, account({ active: false }), hasRead, sent(60)], []],
  ["an account that is off", [closes, account({ active: false }), hasRead, sent(71)], ["sent_for_account_off"]],
  ["more than a cap", [opens, account({ caps: { orderQuantityUsd: 99 } }), hasRead, sent(71)], ["sent_above_cap"]],
  ["a rule that is off", [closes, guard({ enabled: false }), hasRead, sent(71)], ["sent_for_rule_off"]],
  ["another action", [closes, guard({ action: "add_margin" }), hasRead, sent(71)], ["sent_for_rule_changed"]],
  ["an order that no command asks for", [sent(1)], ["order_of_nobody"]]
] as const)("judges %s", (_, events, rules) => {
  assert.deepStrictEqual(
    checkControls(events, bounds).map(({ rule }) => rule),
    [...rules]
  )
})
