import { type CommandList, type Intent, IntentLedger } from "@millrace/store"
import { DateTime, Effect, type Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { explained, refused } from "./CommandFailed.ts"
import { asJson, printed } from "./printed.ts"

type Failure = { readonly message: string }

const timeOf = (ms: number | undefined): string =>
  ms === undefined ? "never" : DateTime.formatIso(DateTime.makeUnsafe(Math.floor(ms)))

/** Those whose result nobody knows first, then those that are under way; each the oldest signature first. */
export const intentOrder = (one: Intent, other: Intent): number =>
  Number(other.state === "unknown") - Number(one.state === "unknown") || (one.signedAtMs ?? 0) - (other.signedAtMs ?? 0)

const intentLine = ({ accountId, action, intentId, positionId, reason, sends, signedAtMs, state }: Intent): string =>
  `${state.padEnd(8)} ${intentId}  ${action} on ${accountId}/${positionId}, sent ${sends} times, last ${timeOf(signedAtMs)}${reason === undefined ? "" : `: ${reason}`}`

const shownIntent = (intent: Intent): ReadonlyArray<string> => [
  `intent     ${intent.intentId}, ${intent.action}`,
  `account    ${intent.accountId}, position ${intent.positionId} (revision ${intent.positionRevision}), rule ${intent.ruleId}`,
  `workspace  ${intent.workspaceId}`,
  `state      ${intent.state}${intent.reason === undefined ? "" : ` (${intent.reason})`}`,
  `sent       ${intent.sends} times by ${intent.owner}, last at ${timeOf(intent.signedAtMs)}; fence ${intent.fence}`,
  ...(intent.effectId === undefined ? [] : [`effect     ${intent.effectId}`]),
  ...(intent.operator === undefined
    ? []
    : [`settled    ${intent.operator.verdict} by ${intent.operator.actor} at ${timeOf(intent.operator.atMs)}`]),
  ...(intent.state === "unknown"
    ? [
        `by hand    look at the exchange, then \`millrace commands settle ${intent.intentId.split(".")[0]} applied|not-applied\``
      ]
    : []),
  `request    ${JSON.stringify(intent.request)}`,
  ...(intent.outcome === undefined || intent.outcome === null ? [] : [`outcome    ${JSON.stringify(intent.outcome)}`])
]

/** `millrace intents list|show`: the ledger of effects at the exchange; first those whose result nobody knows. */
export const intentsCommand = <E extends Failure>(ledger: Layer.Layer<CommandList | IntentLedger, E>) => {
  const list = Command.make(
    "list",
    {
      state: Flag.Literals("state", ["unknown", "sent"]).pipe(
        Flag.withDescription("Only those whose result is not known, or that are under way"),
        Flag.optional
      ),
      account: Flag.String("account").pipe(Flag.withDescription("Only this account's"), Flag.optional),
      limit: Flag.Int("limit").pipe(Flag.withDescription("Intents looked at, at most"), Flag.withDefault(1_000)),
      json: asJson
    },
    Effect.fnUntraced(
      function* ({ account, json, limit, state }) {
        const all = yield* IntentLedger.use((store) => store.unfinished(limit))
        const wanted = all.filter(
          (intent) =>
            (Option.isNone(state) || intent.state === state.value) &&
            (Option.isNone(account) || intent.accountId === account.value)
        )
        const intents = wanted.toSorted(intentOrder)
        yield* printed(json, intents, intents.length === 0 ? ["Every intent is settled."] : intents.map(intentLine))
      },
      (effect) => explained(Effect.provide(effect, ledger))
    )
  ).pipe(Command.withDescription("List intents that are not settled: unknown ones first, the oldest first"))

  const show = Command.make(
    "show",
    {
      id: Argument.String("id").pipe(Argument.withDescription("Intent: a command's id, with .N for a trade of it")),
      json: asJson
    },
    Effect.fnUntraced(
      function* ({ id, json }) {
        const intent = yield* IntentLedger.use((store) => store.find(id))
        if (intent === undefined)
          return yield* refused(`The ledger has no intent ${id}: nothing was sent under this id.`)
        yield* printed(json, intent, shownIntent(intent))
      },
      (effect) => explained(Effect.provide(effect, ledger))
    )
  ).pipe(Command.withDescription("Show one intent: what was asked, sent, found out and by whom"))

  return Command.make("intents").pipe(
    Command.withDescription("The ledger of what was sent to the exchange"),
    Command.withSubcommands([list, show])
  )
}
