import { ConfluentCodec, type SchemaRegistry, type TopicsFile } from "@millrace/contracts"
import { explainRule, History, momentForms, parseMoment } from "@millrace/history"
import type { KafkaClient } from "@millrace/kafka"
import { Clock, Effect, Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { explained, refused } from "./CommandFailed.ts"
import { explanationJson, explanationLines } from "./ExplanationReport.ts"
import { asJson, printed } from "./printed.ts"

type Failure = { readonly message: string }

const flags = {
  json: asJson,
  rule: Argument.String("rule").pipe(Argument.withDescription("Id of the rule")),
  at: Flag.String("at").pipe(Flag.withDescription(`When: ${momentForms}`), Flag.withDefault("now")),
  position: Flag.String("position").pipe(
    Flag.withDescription("One position; without it every one that the rule watched then"),
    Flag.optional
  ),
  market: Flag.String("market").pipe(
    Flag.withDescription("Market of the positions; an entry names its own"),
    Flag.withDefault("btc_usd")
  )
}

/** `millrace explain RULE`: why a rule acted or did not with the tick in force at a time, from what was recorded. */
export const explainCommand = <E1 extends Failure, E2 extends Failure, E3 extends Failure>(
  kafka: Layer.Layer<KafkaClient, E1>,
  registry: Layer.Layer<SchemaRegistry, E2>,
  file: Layer.Layer<TopicsFile, E3>
) => {
  const codec = ConfluentCodec.layerNoDeps.pipe(Layer.provide(registry))
  const history = History.layer.pipe(Layer.provide([kafka, codec, file]))
  return Command.make(
    "explain",
    flags,
    Effect.fnUntraced(
      function* (asked) {
        const nowMs = yield* Clock.currentTimeMillis
        const at = yield* Effect.catch(Effect.fromResult(parseMoment(asked.at, nowMs)), (issue) =>
          refused(`--at: ${issue}`)
        )
        const found = yield* explainRule({
          ruleId: asked.rule,
          at,
          market: asked.market,
          ...Option.match(asked.position, { onNone: () => ({}), onSome: (positionId) => ({ positionId }) })
        }).pipe(Effect.provide(history))
        yield* printed(asked.json, explanationJson(found), explanationLines(found))
      },
      (effect) => explained(effect)
    )
  ).pipe(Command.withDescription("Tell why a rule acted or did not, now or at a time, with the figures"))
}
