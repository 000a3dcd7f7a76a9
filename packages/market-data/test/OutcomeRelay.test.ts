import { assert, describe, it } from "@effect/vitest"
import type { TradeOutcome } from "@millrace/contracts"
import type { Incoming } from "@millrace/runtime"
import { Deferred, Effect, Exit, Scope } from "effect"
import { TestClock } from "effect/testing"
import { makeOutcomeRelay, type OutcomeTaker } from "../src/OutcomeRelay.ts"
import { outcome } from "./samples.ts"

const incoming = (value: TradeOutcome, timestampMs: number): Incoming<TradeOutcome> => ({
  topic: "trade-log",
  lane: "high",
  partition: 0,
  offset: 0,
  timestampMs,
  fetchedAtMs: 0,
  key: value.accountId,
  value,
  workspaceId: "w",
  headers: {},
  attempt: 1
})
const completed = (commandId: string) => outcome({ commandId, after: {} })

const taker = (flushed: Effect.Effect<void> = Effect.void) => {
  const taken: Array<[string, boolean]> = []
  const one: OutcomeTaker = {
    sinceMs: 1_000,
    apply: ({ commandId }, replayed) => taken.push([commandId, replayed]),
    flushed
  }
  return { taken, one }
}

describe("the relay of outcomes", () => {
  it.effect("hands the leader what concerns positions, and tells it what is older than its lead", () =>
    Effect.gen(function* () {
      const relay = makeOutcomeRelay()
      const { one, taken } = taker()
      yield* relay.lead(one)
      yield* relay.handleChunk([
        incoming(completed("old"), 999),
        incoming(completed("new"), 1_000),
        incoming(outcome({ commandId: "dry run" }), 1_000),
        incoming({ ...completed("refused"), status: "refused" }, 1_000),
        incoming({ ...completed("lost"), status: "unknown" }, 1_000)
      ])
      assert.deepStrictEqual(taken, [
        ["old", true],
        ["new", false],
        ["lost", false]
      ])
    })
  )

  /**
   * @guarantee crash: market-data before it writes the position
   * @redelivered the outcome, or the snapshot after the reconnect
   * @harmless the revision carries the command's id, so an outcome is applied once; outcomes are committed only once
   *   written, and kept by instances that stand by until a position shows them
   */
  it.effect("counts a chunk as handled only once it is written", () =>
    Effect.gen(function* () {
      const relay = makeOutcomeRelay()
      const written = yield* Deferred.make<void>()
      yield* relay.lead(taker(Deferred.await(written)).one)
      const handled = yield* relay.handleChunk([incoming(completed("c"), 2_000)]).pipe(Effect.forkChild)
      yield* TestClock.adjust("1 hour")
      assert.isUndefined(handled.pollUnsafe())
      yield* Deferred.succeed(written, undefined)
      yield* TestClock.adjust(0)
      assert.isDefined(handled.pollUnsafe())
    })
  )

  /** @guarantee crash: market-data before it writes the position */
  it.effect("keeps what nobody wrote for the next leader, without what a position already shows", () =>
    Effect.gen(function* () {
      const relay = makeOutcomeRelay()
      yield* relay.handleChunk([incoming(completed("kept"), 1), incoming(completed("settled"), 1)])
      relay.settled("settled")
      const scope = yield* Scope.make()
      const first = taker(Effect.never)
      yield* relay.lead(first.one).pipe(Scope.provide(scope))
      assert.deepStrictEqual(first.taken, [["kept", true]])
      const handled = yield* relay.handleChunk([incoming(completed("half way"), 2_000)]).pipe(Effect.forkChild)
      yield* TestClock.adjust(0)
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust(0)
      assert.isDefined(handled.pollUnsafe())
      const second = taker()
      yield* relay.lead(second.one)
      assert.deepStrictEqual(second.taken, [
        ["kept", true],
        ["half way", true]
      ])
    })
  )
})
