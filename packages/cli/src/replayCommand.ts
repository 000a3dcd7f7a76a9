import { ConfluentCodec, type SchemaRegistry, type TopicsFile } from "@millrace/contracts"
import { History, momentForms } from "@millrace/history"
import type { KafkaClient } from "@millrace/kafka"
import { Effect, Layer, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { CommandFailed, endedWith, exitOf, reasonOf } from "./CommandFailed.ts"
import { asJson } from "./printed.ts"
import { type ReplayFlags, runReplay } from "./runReplay.ts"

const text = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withDescription(description),
    Flag.optional,
    Flag.map((value) => Option.getOrUndefined(value))
  )

const flags = {
  from: text("from", `Begin of a recorded range: ${momentForms}`),
  to: text("to", "End of the recorded range; without it now"),
  market: Flag.String("market").pipe(Flag.withDescription("Market of the recorded ticks"), Flag.withDefault("btc_usd")),
  balance: Flag.Int("balance").pipe(
    Flag.withDescription("Satoshis that each recorded account is taken to have beside its positions"),
    Flag.withDefault(100_000_000)
  ),
  feed: text(
    "feed",
    "One-minute candles, as npm start takes them; without them the scenario's own market, else the seeded crash"
  ),
  scenario: text("scenario", "Accounts, positions and rules (YAML), as npm start takes them"),
  rules: text("rules", "Rules instead of those of the scenario or the record"),
  against: text("against", "Other rules over the same prices: shows what differs"),
  html: text("html", "Write a page with price, triggers, actions and equity"),
  out: text("out", "Write the decision log and the report into this folder"),
  json: asJson
}

type Failure = { readonly message: string }

/** `millrace replay`: the same workers over given or recorded prices, in memory and without waiting. */
export const replayCommand = <E1 extends Failure, E2 extends Failure, E3 extends Failure>(
  kafka: Layer.Layer<KafkaClient, E1>,
  registry: Layer.Layer<SchemaRegistry, E2>,
  file: Layer.Layer<TopicsFile, E3>
) => {
  const codec = ConfluentCodec.layerNoDeps.pipe(Layer.provide(registry))
  const history = History.layer.pipe(Layer.provide([kafka, codec, file]))
  return Command.make(
    "replay",
    flags,
    Effect.fnUntraced(
      function* (asked: ReplayFlags) {
        const { difference } = yield* runReplay(asked, history)
        if (difference === false) return yield* new CommandFailed({ exitCode: 1, reason: "they differ" })
      },
      (effect) => Effect.provide(effect, file),
      Effect.catch((error) => failed(error))
    )
  ).pipe(
    Command.withDescription(
      "Replay prices through the workers. Exit code: 0 done or the same, 1 different, 2 wrong input, 3 Kafka silent"
    )
  )
}

/** Prints why, unless the difference was printed already. */
const failed = (error: { readonly message: string }): Effect.Effect<never, CommandFailed> => {
  if (error instanceof CommandFailed && error.exitCode === 1) return Effect.fail(error)
  const isSilent = exitOf(error) === "notReachable"
  return endedWith(isSilent ? "notReachable" : "wrongUse", reasonOf(error))
}
