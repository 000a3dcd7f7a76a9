/** The words of a rule in a YAML file, with the names that its users know. Meaning is checked by `checkRule`. */
import {
  AmountSats,
  Id,
  MarginGuardAction,
  MarginMetric,
  MarginMode,
  MarketId,
  PriceUsd,
  QuantityUsd,
  ReduceStrategy,
  TakeProfitStopLossAction
} from "@millrace/contracts"
import { Duration, Option, Schema, SchemaTransformation } from "effect"

/** A time such as `90 seconds`, `15 minutes`, `1 hour` or `2 days`, as milliseconds. */
const Milliseconds = Schema.String.check(
  Schema.isPattern(/^\d+ (millis|seconds?|minutes?|hours?|days?)$/u, {
    message: "Expected a time such as `30 seconds`, `5 minutes`, `6 hours` or `30 days`"
  })
).pipe(
  Schema.decodeTo(
    Schema.Int,
    SchemaTransformation.transform({
      decode: (text) =>
        Duration.toMillis(Option.getOrElse(Duration.fromInput(text as Duration.Input), () => Duration.zero)),
      encode: (ms) => `${ms} millis`
    })
  )
)

const optional = Schema.optionalKey

const common = {
  id: Id,
  account: Id,
  /** Default: true. */
  enabled: optional(Schema.Boolean),
  dry_run: optional(Schema.Boolean),
  /** Market time between two attempts; default 1 minute. */
  retry_after: optional(Milliseconds),
  cool_down: optional(Milliseconds),
  /** At most `count` actions in `per`; without `per`: ever. */
  max_actions: optional(
    Schema.Struct({ count: Schema.Int.check(Schema.isGreaterThan(0)), per: optional(Milliseconds) })
  ),
  fresh_for: optional(Milliseconds),
  when_stale: optional(Schema.Literals(["act", "hold"]))
}

export const GuardSyntax = Schema.Struct({
  ...common,
  kind: Schema.Literal("margin_guard"),
  /** `margin_threshold` says the same. */
  threshold: optional(Schema.Finite),
  margin_threshold: optional(Schema.Finite),
  metric: optional(MarginMetric),
  action: MarginGuardAction,
  reduce_percentage: optional(Schema.Finite),
  reduce_strategy: optional(ReduceStrategy),
  add_margin_amount: optional(AmountSats),
  position: optional(Id)
})

export const TakeProfitSyntax = Schema.Struct({
  ...common,
  kind: Schema.Literal("tp_sl"),
  trigger_pnl_percentage: Schema.Finite,
  action: TakeProfitStopLossAction,
  new_takeprofit: optional(PriceUsd),
  new_stoploss: optional(PriceUsd),
  cash_in_amount: optional(AmountSats),
  position: optional(Id)
})

export const EntrySyntax = Schema.Struct({
  ...common,
  kind: Schema.Literal("auto_entry"),
  side: Schema.Literals(["b", "s", "buy", "sell"]),
  quantity: QuantityUsd,
  /** Default: 10. */
  leverage: optional(Schema.Finite),
  market: optional(MarketId),
  margin_mode: optional(MarginMode),
  stoploss: optional(PriceUsd),
  takeprofit: optional(PriceUsd),
  trigger_price: optional(PriceUsd),
  trigger_type: optional(Schema.Literals(["market", "limit"]))
})

/** A rule as a file names it; `kind` says which. */
export const RuleSyntax = Schema.Union([GuardSyntax, TakeProfitSyntax, EntrySyntax])
export type RuleSyntax = typeof RuleSyntax.Type
