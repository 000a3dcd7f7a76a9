import { stateText, unknownIntent } from "@millrace/desk"
import { type CommandList, IntentLedger } from "@millrace/store"
import { Effect, type Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { explained, refused } from "./CommandFailed.ts"
import { asJson, printed } from "./printed.ts"

/** `millrace commands settle ID applied|not-applied`: what an operator found at the exchange ends an unknown order. */
export const settleCommand = <E extends { readonly message: string }>(
  stores: Layer.Layer<CommandList | IntentLedger, E>,
  operator: Effect.Effect<string>
) =>
  Command.make(
    "settle",
    {
      json: asJson,
      id: Argument.String("id").pipe(Argument.withDescription("Command, or one of its orders, as show names them")),
      verdict: Argument.Literals("verdict", ["applied", "not-applied"]).pipe(
        Argument.withDescription("Whether the exchange carried it out")
      ),
      effect: Flag.String("effect").pipe(
        Flag.withDescription("With applied: the trade or order at the exchange"),
        Flag.optional
      ),
      yes: Flag.Boolean("yes").pipe(
        Flag.withDescription("Do it; without it only shows what would be done"),
        Flag.withDefault(false)
      )
    },
    Effect.fnUntraced(
      function* (asked) {
        const verdict = asked.verdict === "applied" ? "applied" : "not_applied"
        const effectId = Option.getOrUndefined(asked.effect)
        if (verdict === "not_applied" && effectId !== undefined)
          return yield* refused("An order that was not applied has no effect: leave --effect out, or say applied.")
        const intent = yield* unknownIntent(asked.id)
        const { accountId, action, intentId, positionId } = intent
        const what = `${action} ${intentId} of account ${accountId}, position ${positionId}`
        if (!asked.yes)
          return yield* refused(
            `This would record that the exchange ${verdict === "applied" ? "carried out" : "did not carry out"} ${what}, for good: the first verdict holds. Say --yes to do it.`
          )
        const actor = yield* operator
        const ledger = yield* IntentLedger
        const result = yield* ledger.settleByOperator(
          intentId,
          verdict,
          actor,
          effectId === undefined ? {} : { effectId }
        )
        if (result._tag !== "Recorded")
          return yield* refused(stateText(intentId, result._tag === "Missing" ? undefined : result.state))
        const first = (yield* ledger.find(intentId))?.operator
        if (first !== undefined && (first.actor !== actor || first.verdict !== verdict))
          return yield* refused(`It was settled before: ${first.verdict} by ${first.actor}. The first verdict holds.`)
        yield* printed(asked.json, { intentId, verdict, actor, effectId: effectId ?? null }, [
          `settled ${asked.verdict}: ${what}`,
          "The executor tells of it within some seconds (trade-log, audit-log), and frees the position; then its rules act again while their conditions hold."
        ])
      },
      (effect) => explained(Effect.provide(effect, stores))
    )
  ).pipe(Command.withDescription("Say what became of an order whose result is not known; frees its position"))
