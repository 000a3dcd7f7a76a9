import { CommandList, type Intent, type ListedCommand } from "@millrace/store"
import { DateTime, Effect } from "effect"
import { refused } from "./CommandFailed.ts"

const timeOf = (epochMs: number): string => DateTime.formatIso(DateTime.makeUnsafe(Math.floor(epochMs)))

/** A listed command, or a refusal that says where to look. */
export const listed = Effect.fnUntraced(function* (commandId: string) {
  const list = yield* CommandList
  const found = yield* list.find(commandId)
  if (found !== undefined) return found
  return yield* refused(
    `No command ${commandId} is listed: it was carried out, or never held, refused or lost. \`millrace commands list\` shows those that are.`
  )
})

const subjectOf = ({ positionId, ruleId }: ListedCommand): string =>
  positionId === undefined ? `entry of ${ruleId}` : `position ${positionId}, rule ${ruleId}`

/** Returns listed commands as lines for people: what, since when, why, and what to do. */
export const listLines = (commands: ReadonlyArray<ListedCommand>): ReadonlyArray<string> =>
  commands.length === 0
    ? ["No command waits, is unknown, or was refused."]
    : commands.flatMap((one) => [
        `${one.commandId}  ${one.status} (${one.reason}) since ${timeOf(one.sinceMs)}`,
        `  account ${one.accountId}, ${subjectOf(one)}: ${one.action}`,
        ...(one.byHand === "" ? [] : [`  ${one.byHand}`])
      ])

/** Returns one listed command with what the ledger knows of its orders, as lines for people. */
export const shownCommand = (one: ListedCommand, intents: ReadonlyArray<Intent>): ReadonlyArray<string> => [
  `command    ${one.commandId}, ${one.action}`,
  `account    ${one.accountId}, ${subjectOf(one)}`,
  `status     ${one.status} (${one.reason}) since ${timeOf(one.sinceMs)}`,
  ...(one.retryAtMs === undefined ? [] : [`next try   ${timeOf(one.retryAtMs)}`]),
  `why        ${one.detail}`,
  `by hand    ${one.byHand === "" ? "nothing is left to do" : one.byHand}`,
  ...intents.map(intentLine),
  `commands   ${commandsFor(one.status)}`,
  `decided    ${JSON.stringify(one.command)}`
]

const intentLine = ({ effectId, intentId, operator, reason, sends, signedAtMs, state }: Intent): string =>
  [
    `order      ${intentId}: ${state}`,
    ...(reason === undefined ? [] : [`(${reason})`]),
    `sent ${sends} ${sends === 1 ? "time" : "times"}${signedAtMs === undefined ? "" : `, last at ${timeOf(signedAtMs)}`}`,
    ...(effectId === undefined ? [] : [`effect ${effectId}`]),
    ...(operator === undefined ? [] : [`settled ${operator.verdict} by ${operator.actor} at ${timeOf(operator.atMs)}`])
  ].join(" ")

/** What can be done with a command in this status. */
const commandsFor = (status: ListedCommand["status"]): string => {
  switch (status) {
    case "pending":
      return "cancel: it is never sent; else it goes out by itself as soon as it can"
    case "unknown":
      return "settle applied | not-applied: what you found at the exchange; until then its position is blocked"
    case "refused":
    case "failed":
      return "execute: it is sent anew, once, and judged by the present state"
  }
}
