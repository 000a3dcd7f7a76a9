import type { TradingScope, TradingSwitch } from "@millrace/contracts"
import { ConfluentCodec, type SchemaRegistry, type TopicsFile } from "@millrace/contracts"
import { History } from "@millrace/history"
import type { KafkaClient } from "@millrace/kafka"
import { ControlStore, type IntentLedger, StoreMarks, type TradingScopes } from "@millrace/store"
import { DateTime, Effect, Layer, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { explained } from "./CommandFailed.ts"
import { asJson, printed } from "./printed.ts"
import { restoreLine, settleRestore } from "./settleRestore.ts"
import { tradingScopeOf } from "./tradingScope.ts"
import { userName } from "./userName.ts"
import { printedWhenTold, untoldLine } from "./whenTold.ts"

type Failure = { readonly message: string }

const scopeFlags = {
  account: Flag.String("account").pipe(
    Flag.withDescription("Only this account; without it everything, or the rule's"),
    Flag.optional
  ),
  rule: Flag.String("rule").pipe(Flag.withDescription("Only this rule"), Flag.optional),
  reason: Flag.String("reason").pipe(
    Flag.withDescription("Why, for the audit log and those who see it"),
    Flag.optional
  ),
  json: asJson
}

/** What a resumption of everything needs to know after PostgreSQL was restored. */
const restoreFlags = {
  checked: Flag.String("checked").pipe(
    Flag.withDescription("After a restore: an account that was compared with the exchange; may be given several times"),
    Flag.atLeast(0)
  ),
  acceptUnreconciled: Flag.Boolean("accept-unreconciled").pipe(
    Flag.withDescription("After a restore: go on though effects may be missing in the ledger"),
    Flag.withDefault(false)
  )
}

/** Stores of the kill switches, and of what tells whether PostgreSQL was restored. */
export type TradingStores = ControlStore | TradingScopes | StoreMarks | IntentLedger

/**
 * `millrace trading status|halt|reduce-only|resume`: the kill switches. A change is stored and audited, and the command
 * waits until control-api has told the workers, who obey from then on before every send.
 */
export const tradingCommand = <E1 extends Failure, E2 extends Failure, E3 extends Failure, E4 extends Failure>(
  controls: Layer.Layer<TradingStores, E1>,
  kafka: Layer.Layer<KafkaClient, E2>,
  registry: Layer.Layer<SchemaRegistry, E3>,
  file: Layer.Layer<TopicsFile, E4>
) => {
  const codec = ConfluentCodec.layerNoDeps.pipe(Layer.provide(registry))
  const history = History.layer.pipe(Layer.provide([kafka, codec, file]))
  const setting = (name: string, mode: TradingSwitch["mode"], about: string) =>
    Command.make(
      name,
      scopeFlags,
      Effect.fnUntraced(
        function* (asked) {
          const scope = yield* tradingScopeOf(asked)
          const store = yield* ControlStore
          const stored = yield* store.switch(scope, mode, decidedBy(asked.reason))
          yield* printedWhenTold(asked.json, { switch: stored }, [`${mode}: ${described(scope)}`])
        },
        (effect) => explained(Effect.provide(effect, controls))
      )
    ).pipe(Command.withDescription(about))

  const resume = Command.make(
    "resume",
    { ...scopeFlags, ...restoreFlags },
    Effect.fnUntraced(
      function* (asked) {
        const scope = yield* tradingScopeOf(asked)
        const store = yield* ControlStore
        const restore = scope.accountId === undefined ? yield* (yield* StoreMarks).restore : undefined
        const settled = restore === undefined ? undefined : yield* Effect.provide(settleRestore(asked), history)
        const reasons = [settled, Option.getOrUndefined(asked.reason)].filter((one) => one !== undefined)
        const lifted = yield* store.lift(
          scope,
          decidedBy(reasons.length === 0 ? Option.none() : Option.some(reasons.join(": ")))
        )
        const left = yield* store.switches
        const lines = [
          ...(settled === undefined ? [] : [settled]),
          lifted === undefined ? `nothing was switched: ${described(scope)}` : `resumed: ${described(scope)}`,
          ...left.map((one) => `still ${switchLine(one)}`)
        ]
        yield* printedWhenTold(asked.json, { lifted: lifted ?? null, left }, lines)
      },
      (effect) => explained(Effect.provide(effect, controls))
    )
  ).pipe(Command.withDescription("Lift the switch of exactly this scope; wider and narrower ones stay"))

  const status = Command.make(
    "status",
    { json: asJson },
    Effect.fnUntraced(
      function* ({ json }) {
        const store = yield* ControlStore
        const switches = yield* store.switches
        const untold = yield* store.untold
        const restore = yield* (yield* StoreMarks).restore
        const lines = [
          ...(restore === undefined ? [] : [restoreLine(restore)]),
          ...(switches.length === 0 ? ["ACTIVE: everything; no switch is set."] : switches.map(switchLine)),
          ...(untold === 0 ? [] : [untoldLine])
        ]
        yield* printed(json, { switches, untold, restore: restore ?? null }, lines)
      },
      (effect) => explained(Effect.provide(effect, controls))
    )
  ).pipe(Command.withDescription("List the switches, since when, by whom and why"))

  return Command.make("trading").pipe(
    Command.withDescription("The kill switches of trading: all, one account, one rule"),
    Command.withSubcommands([
      status,
      setting("halt", "HALTED", "Send nothing at all, protection included"),
      setting("reduce-only", "REDUCE_ONLY", "Open nothing; closing, reducing, adding margin and moving stops go on"),
      resume
    ])
  )
}

const decidedBy = (reason: Option.Option<string>) => ({
  actor: `cli:${userName()}`,
  ...Option.match(reason, { onNone: () => ({}), onSome: (text) => ({ reason: text }) })
})

const described = ({ accountId, ruleId }: TradingScope): string => {
  if (accountId === undefined) return "everything"
  return ruleId === undefined ? `account ${accountId}` : `rule ${ruleId} of account ${accountId}`
}

const switchLine = (one: TradingSwitch): string => {
  const since = DateTime.formatIso(DateTime.makeUnsafe(one.atMs))
  return `${one.mode}: ${described(one)}; since ${since} by ${one.actor}${one.reason === undefined ? "" : `: ${one.reason}`}`
}
