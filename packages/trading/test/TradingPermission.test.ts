import { assert, it } from "@effect/vitest"
import { CommandAction, opensExposure, TradingMode } from "@millrace/contracts"
import { Effect, Schema } from "effect"
import { refusedByControls } from "../src/index.ts"

const verdict = Schema.Struct({ mode: TradingMode, readable: Schema.Boolean })

it.effect.prop(
  "lets what closes or protects pass unless trading is halted",
  [CommandAction, verdict],
  ([action, controls]) =>
    Effect.sync(() => {
      const refusal = refusedByControls(action, controls)
      if (controls.mode === "HALTED") assert.strictEqual(refusal, "halted")
      else if (!opensExposure(action)) assert.strictEqual(refusal, undefined)
      else if (controls.mode === "REDUCE_ONLY") assert.strictEqual(refusal, "reduce_only")
      else assert.strictEqual(refusal, controls.readable ? undefined : "controls_unreadable")
    })
)

it.effect("takes an entry and a hedge for openings, and no other reduction", () =>
  Effect.sync(() => {
    const controls = { mode: "REDUCE_ONLY", readable: true } as const
    const reduce = { _tag: "reduce_position", reducePercentage: 50 } as const
    const hedge = { _tag: "hedge", side: "sell", quantityUsd: 1, leverage: 1 } as const
    const order = { _tag: "cross_order", side: "sell", quantityUsd: 1 } as const
    assert.strictEqual(refusedByControls({ ...reduce, plan: hedge }, controls), "reduce_only")
    assert.strictEqual(refusedByControls({ ...reduce, plan: order }, controls), undefined)
    assert.strictEqual(
      refusedByControls({ ...reduce, plan: { _tag: "close_trades", trades: [] } }, controls),
      undefined
    )
  })
)
