import { type Position, type Rule, Side, type TradingMode } from "@millrace/contracts"
import { Schema } from "effect"
import { type Bench, commandsIn, position, priceAtLoss, rule } from "./fixtures.ts"
import { type Fate, type LoopResult, type LoopRule, type LoopTick, straightLoop } from "./straightLoop.ts"

/** Positions, rules of all kinds and ticks of any kind, for the evaluator and for the straight loop. */

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

export const shape = Schema.Struct({
  side: Side,
  quantity: int(1, 5_000),
  entry: int(9_500, 10_500),
  leverage: int(2, 100)
})
export const ruleShape = Schema.Struct({
  kind: Schema.Literals(["guard", "close_tp", "update_sl", "entry"]),
  side: Side,
  /** Tenths of the margin; of an entry: 20 dollars around 10,000. */
  threshold: int(1, 12),
  retryTicks: int(0, 4),
  /** 0: none. */
  coolDownTicks: int(0, 5),
  count: int(0, 3),
  /** 0: ever. */
  periodTicks: int(0, 20)
})
/** Seed of a walk of prices. */
export const seed = int(1, 2 ** 31 - 1)
export const cut = int(0, 80)

export type Shapes = ReadonlyArray<typeof shape.Type>
export type RuleShapes = ReadonlyArray<typeof ruleShape.Type>

const stepMs = 15_000

const numbersFrom = (from: number): (() => number) => {
  let state = from
  return () => {
    state = Math.imul(state, 48_271) >>> 0
    return state >>> 8
  }
}

export const positionsOf = (shapes: Shapes): ReadonlyArray<Position> =>
  shapes.map(({ entry, leverage, quantity, side }, i) => ({
    ...position,
    positionId: `p${i}`,
    side,
    quantityUsd: quantity,
    entryPriceUsd: entry,
    leverage,
    marginSats: Math.max(1, Math.floor((quantity * 100_000_000) / (entry * leverage)))
  }))

export const rulesOf = (shapes: RuleShapes): ReadonlyArray<Rule> => shapes.map(ruleOf)

const ruleOf = (of: RuleShapes[number], i: number): Rule => {
  const { coolDownTicks, count, kind, periodTicks, retryTicks, side, threshold } = of
  const common = {
    _tag: "Rule",
    ruleId: `r${String(i).padStart(3, "0")}`,
    accountId: "a1",
    enabled: true,
    dryRun: false,
    retryAfterMs: retryTicks * stepMs,
    ...(coolDownTicks === 0 ? {} : { coolDownMs: coolDownTicks * stepMs }),
    ...(count === 0 ? {} : { maxActions: { count, ...(periodTicks === 0 ? {} : { periodMs: periodTicks * stepMs }) } }),
    version: 1
  } as const
  const percent = (side === "buy" ? 10 : -10) * threshold
  switch (kind) {
    case "guard":
      return { ...rule, ...common, threshold: threshold / 10 }
    case "close_tp":
      return { ...common, kind: "tp_sl", action: kind, triggerPnlPercentage: percent }
    case "update_sl":
      return { ...common, kind: "tp_sl", action: kind, triggerPnlPercentage: percent, newStopLossUsd: 9_000 }
    case "entry":
      return {
        ...common,
        kind: "auto_entry",
        market: "btc_usd",
        marginMode: "isolated",
        side,
        quantityUsd: 100,
        leverage: 10,
        triggerPriceUsd: 10_000 + (threshold - 6) * 20,
        triggerType: "market"
      }
  }
}

/**
 * A walk of 80 prices, some exactly where a position has lost a guard's threshold; now and then switches turn, and prices are
 * stale or were filled in.
 */
export const ticksOf = (
  from: number,
  positions: ReadonlyArray<Position>,
  rules: ReadonlyArray<Rule>
): ReadonlyArray<LoopTick> => {
  const next = numbersFrom(from)
  const guards = rules.flatMap((each) => (each.kind === "margin_guard" ? [each.threshold] : []))
  let price = 10_000
  let mode: TradingMode = "ACTIVE"
  let readable = true
  return Array.from({ length: 80 }, (_, i) => {
    const at = positions[i % Math.max(1, positions.length)]
    const exact = at === undefined ? 10_000 : priceAtLoss(guards[i % Math.max(1, guards.length)] ?? 0.8, at)
    const step = (next() % 801) - 400
    price = next() % 5 === 0 && exact > 100 && exact < 100_000 ? exact : Math.max(500, price + step)
    if (next() % 8 === 0) mode = (["ACTIVE", "ACTIVE", "REDUCE_ONLY", "HALTED"] as const)[next() % 4]!
    if (next() % 10 === 0) readable = next() % 3 !== 0
    return { time: 10_000 + i * stepMs, price, stale: next() % 7 === 0, gap: next() % 11 === 0, mode, readable }
  })
}

/** Of four commands one stays under way for ever and one succeeds, where the straight loop knows what follows. */
export const fateOf = (commandId: string): Fate =>
  (["stays", "succeeds", "fails", "fails"] as const)[Number.parseInt(commandId.slice(0, 2), 16) % 4]!

/** Whether the product is told of the success: what closes a position would end it. */
const isTold = (kind: Rule["kind"], action: string): boolean => kind === "auto_entry" || action === "set_stop_loss"

export const drive = (bench: Bench, ticks: ReadonlyArray<LoopTick>): void => {
  for (const { gap, mode, price, readable, stale, time } of ticks) {
    bench.evaluator.controlled({}, () => ({ mode, readable }))
    const outputs = bench.tick(time, price, { ageMs: stale ? 20_000 : 0, source: gap ? "backfill" : "stream" })
    for (const command of commandsIn(outputs)) {
      const fate = fateOf(command.commandId)
      if (fate === "fails") bench.outcome(command, "failed", "unavailable")
      else if (fate === "succeeds" && isTold(command.ruleKind ?? "margin_guard", command.action._tag))
        bench.outcome(command, "completed", "done")
    }
  }
}

export const loopOf = (
  positions: ReadonlyArray<Position>,
  rules: ReadonlyArray<Rule>,
  ticks: ReadonlyArray<LoopTick>
): LoopResult =>
  straightLoop(
    positions.map((each) => ({
      id: each.positionId,
      sign: each.side === "buy" ? 1 : -1,
      quantity: each.quantityUsd,
      entry: each.entryPriceUsd,
      margin: each.marginSats
    })),
    rules.map(loopRuleOf),
    ticks,
    fateOf
  )

const loopRuleOf = (of: Rule): LoopRule => ({
  id: of.ruleId,
  kind: of.kind === "margin_guard" ? "loss" : of.kind === "tp_sl" ? "return" : "entry",
  limit:
    of.kind === "margin_guard"
      ? of.threshold
      : of.kind === "tp_sl"
        ? of.triggerPnlPercentage
        : (of.triggerPriceUsd ?? Number.NaN),
  buys: of.kind === "auto_entry" && of.side === "buy",
  once: of.kind === "tp_sl" && of.action === "update_sl",
  retryAfterMs: of.retryAfterMs,
  coolDownMs: of.coolDownMs ?? 0,
  count: of.maxActions?.count,
  periodMs: of.maxActions?.periodMs
})

/** What both decide, as the straight loop tells it. */
export const found = (bench: Bench): LoopResult => ({
  commands: bench.commands.map((command) => command.commandId),
  levels: bench.all.flatMap((output) =>
    output._tag === "MarginEvent"
      ? [`${output.value.positionId} ${output.value.marketTimeMs} ${output.value.level}`]
      : []
  ),
  reasons: bench.all.flatMap((output) =>
    output._tag === "Decision"
      ? [`${output.value.marketTimeMs} ${output.value.positionId ?? "*"}/${output.value.ruleId} ${output.value.reason}`]
      : []
  )
})
