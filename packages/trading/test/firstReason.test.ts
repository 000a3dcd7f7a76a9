import { assert, it } from "@effect/vitest"
import {
  type Account,
  type AutoEntryRule,
  type CommandAction,
  DecisionReason,
  type MarginGuardRule
} from "@millrace/contracts"
import { Effect, Schema } from "effect"
import { type Evaluation, firstReason, holdsWhenStale, isDryRun, isProtection } from "../src/index.ts"

const sync = (name: string, act: () => void) => it.effect(name, () => Effect.sync(act))

const guard: MarginGuardRule = {
  _tag: "Rule",
  ruleId: "r1",
  accountId: "a1",
  kind: "margin_guard",
  enabled: true,
  dryRun: false,
  metric: "margin_loss",
  threshold: 0.85,
  action: "close_position",
  retryAfterMs: 10_000,
  version: 1
}
const entry: AutoEntryRule = {
  _tag: "Rule",
  ruleId: "e1",
  accountId: "a1",
  kind: "auto_entry",
  enabled: true,
  dryRun: false,
  market: "btc_usd",
  marginMode: "isolated",
  side: "buy",
  quantityUsd: 500,
  leverage: 10,
  triggerType: "market",
  retryAfterMs: 10_000,
  version: 1
}
const account: Pick<Account, "active" | "network" | "armed" | "dryRun"> = { active: true, network: "simulator" }
const opens: CommandAction = {
  _tag: "open_position",
  market: "btc_usd",
  marginMode: "isolated",
  side: "buy",
  quantityUsd: 500,
  leverage: 10,
  orderType: "market"
}

const free: Evaluation = {
  account,
  rule: entry,
  controls: { mode: "ACTIVE", readable: true },
  action: opens,
  actedAtMs: [],
  tick: { marketTimeMs: 100_000, source: "stream" },
  priceAgeMs: 0,
  freshForMs: 10_000,
  reached: true,
  standing: { _tag: "Free" }
}

/** What brings about each reason, in the order of their precedence. */
const causes: ReadonlyArray<readonly [DecisionReason, (from: Evaluation) => Evaluation]> = [
  ["account_inactive", (from) => ({ ...from, account: { ...account, active: false } })],
  ["account_not_armed", (from) => ({ ...from, account: { ...from.account!, network: "mainnet" } })],
  ["halted", (from) => ({ ...from, controls: { ...from.controls, mode: "HALTED" } })],
  [
    "reduce_only",
    (from) =>
      from.controls.mode === "HALTED" ? from : { ...from, controls: { ...from.controls, mode: "REDUCE_ONLY" } }
  ],
  ["controls_unreadable", (from) => ({ ...from, controls: { ...from.controls, readable: false } })],
  ["rule_disabled", (from) => ({ ...from, rule: { ...from.rule, enabled: false } })],
  ["max_actions", (from) => ({ ...from, rule: { ...from.rule, maxActions: { count: 1 } }, actedAtMs: [99_000] })],
  [
    "cool_down",
    (from) => ({
      ...from,
      rule: { ...from.rule, maxActions: from.rule.maxActions ?? { count: 9 }, coolDownMs: 2_000 },
      actedAtMs: [99_000]
    })
  ],
  ["market_gap", (from) => ({ ...from, tick: { ...from.tick, source: "backfill" } })],
  ["price_stale", (from) => ({ ...from, priceAgeMs: 10_001 })],
  ["trigger_not_reached", (from) => ({ ...from, reached: false })],
  ["already_acted", (from) => ({ ...from, standing: { _tag: "Acted" } })],
  ["command_outstanding", (from) => ({ ...from, standing: standingOr(from, { _tag: "Outstanding" }) })],
  ["retry_waits", (from) => ({ ...from, standing: standingOr(from, { _tag: "Waits", untilMs: 101_000 }) })],
  ["action_unsupported", (from) => ({ ...from, standing: standingOr(from, { _tag: "Unsupported" }) })]
]

const standingOr = (from: Evaluation, standing: Evaluation["standing"]): Evaluation["standing"] =>
  from.standing._tag === "Free" ? standing : from.standing

/**
 * @guarantee protection: An evaluation that does not act has exactly one first reason, in a fixed order
 * @how one pure function knows the order; the monitor decides by it, and explanations name it
 */
it.effect.prop(
  "names the first of everything that blocks, in the order of the list, and nothing when nothing blocks",
  [Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 14 })))],
  ([chosen]) =>
    Effect.sync(() => {
      const order = [...new Set(chosen)].sort((a, b) => a - b)
      const evaluation = order.reduce((from, i) => causes[i]![1](from), free)
      assert.strictEqual(firstReason(evaluation)?.reason, order[0] === undefined ? undefined : causes[order[0]]![0])
    }),
  { arbitrary: { runs: 500 } }
)

sync("knows every reason of the list, in its order", () => {
  assert.deepStrictEqual([...causes.map(([reason]) => reason), "fired"], [...DecisionReason.literals])
})

sync("says until when a wait blocks, where that is known", () => {
  const until = (evaluation: Partial<Evaluation>) => firstReason({ ...free, ...evaluation })?.untilMs
  const acted = { actedAtMs: [90_000, 95_000] }
  assert.strictEqual(until({ rule: { ...guard, coolDownMs: 6_000 }, ...acted }), 101_000)
  assert.strictEqual(until({ rule: { ...guard, maxActions: { count: 2, periodMs: 50_000 } }, ...acted }), 140_000)
  assert.strictEqual(until({ rule: { ...guard, maxActions: { count: 1, periodMs: 50_000 } }, ...acted }), 145_000)
  assert.strictEqual(until({ rule: { ...guard, maxActions: { count: 2 } }, ...acted }), undefined)
  assert.strictEqual(until({ standing: { _tag: "Waits", untilMs: 101_000 } }), 101_000)
})

sync("lets guards act on stale prices and in gaps, unless they are told to hold", () => {
  const stale = { ...free, rule: guard, priceAgeMs: 60_000 }
  assert.strictEqual(firstReason(stale), undefined)
  assert.strictEqual(firstReason({ ...stale, tick: { ...free.tick, source: "backfill" } }), undefined)
  assert.strictEqual(firstReason({ ...stale, rule: { ...guard, whenStale: "hold" } })?.reason, "price_stale")
  const profits = { ...guard, kind: "tp_sl" } as const
  assert.deepStrictEqual(
    [profits, { ...profits, whenStale: "act" } as const, { ...entry, whenStale: "act" } as const].map(holdsWhenStale),
    [true, false, true]
  )
})

sync("lets what closes pass while the controls can't be read, and what is not known what it does", () => {
  const controls = { mode: "REDUCE_ONLY", readable: false } as const
  const closing = { ...free, rule: guard, controls, action: { _tag: "close_position" } as const }
  assert.strictEqual(firstReason(closing), undefined)
  assert.strictEqual(firstReason({ ...closing, action: undefined })?.reason, "action_unsupported")
})

sync("asks dry runs for no arming", () => {
  const mainnet = { ...account, network: "mainnet" } as const
  assert.strictEqual(firstReason({ ...free, account: mainnet })?.reason, "account_not_armed")
  assert.strictEqual(firstReason({ ...free, account: { ...mainnet, armed: true } }), undefined)
  assert.strictEqual(firstReason({ ...free, account: { ...mainnet, dryRun: true } }), undefined)
  assert.strictEqual(firstReason({ ...free, account: mainnet, rule: { ...entry, dryRun: true } }), undefined)
  assert.strictEqual(isDryRun(undefined, { dryRun: false }), false)
})

sync("takes guards and stop losses for protection", () => {
  const profits = { ...guard, kind: "tp_sl", action: "close_tp", triggerPnlPercentage: 50 } as const
  assert.deepStrictEqual([guard, profits, { ...profits, triggerPnlPercentage: -50 }, entry].map(isProtection), [
    true,
    false,
    true,
    false
  ])
})
