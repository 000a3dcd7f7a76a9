/** What has to be reconciled after a restore: the topics as they were told, and a ledger that has forgotten a part. */
import { assert, it } from "@effect/vitest"
import { type AutomationCommand, automationCommands, type TradeOutcome, tradeLog } from "@millrace/contracts"
import { IntentLedger, layerMemoryIntentLedger, type NewIntent, StoreMarks } from "@millrace/store"
import { Effect, Layer, Result } from "effect"
import { TestConsole } from "effect/testing"
import { createTopics, historyLayer, writeAt } from "../../history/test/HistoryBench.ts"
import { settleRestore } from "../src/settleRestore.ts"

const command = (commandId: string, accountId: string): AutomationCommand => ({
  commandId,
  accountId,
  ruleId: "guard",
  ruleVersion: 1,
  positionId: `${accountId}-long`,
  positionRevision: 1,
  attempt: 1,
  action: { _tag: "add_margin", amountSats: 1000 },
  dryRun: false,
  marketTimeMs: 1,
  priceUsd: 1,
  tickReceivedAtMs: 1,
  decidedAtMs: 1
})

const outcome = (commandId: string, accountId: string, changes: Partial<TradeOutcome> = {}): TradeOutcome => ({
  commandId,
  accountId,
  accountName: accountId,
  ruleId: "guard",
  positionId: `${accountId}-long`,
  action: { _tag: "add_margin", amountSats: 1000 },
  attempt: 1,
  status: "completed",
  reason: "done",
  marketTimeMs: 1,
  priceUsd: 1,
  timing: { tickReceivedAtMs: 1, decidedAtMs: 1 },
  finishedAtMs: 2,
  ...changes
})

const intent = (intentId: string, accountId: string): NewIntent => ({
  intentId,
  workspaceId: "w",
  accountId,
  ruleId: "guard",
  positionId: `${accountId}-long`,
  action: "add_margin",
  positionRevision: 1,
  repeatable: false,
  request: {}
})

/** Commands 1 and 2 of `kept` are in the ledger, `lost` has an outcome that it lacks, `open` a command without an end. */
const world = Effect.gen(function* () {
  yield* createTopics
  const ledger = yield* IntentLedger
  yield* ledger.send(intent("kept-1", "kept"), 0, "executor")
  yield* ledger.settle("kept-1", 1, { state: "succeeded", reason: "done", outcome: {} })
  for (const [at, commandId, accountId] of [
    [500, "old-1", "old"],
    [1_100, "kept-1", "kept"],
    [1_200, "lost-1", "lost"],
    [1_300, "refused-1", "refused"],
    [1_400, "open-1", "open"]
  ] as const)
    yield* writeAt(at, automationCommands, { key: `${accountId}/p`, value: command(commandId, accountId) })
  yield* writeAt(600, tradeLog, { key: "old", value: outcome("old-1", "old") })
  yield* writeAt(1_150, tradeLog, { key: "kept", value: outcome("kept-1", "kept") })
  yield* writeAt(1_250, tradeLog, { key: "lost", value: outcome("lost-1", "lost") })
  yield* writeAt(1_350, tradeLog, {
    key: "refused",
    value: outcome("refused-1", "refused", { status: "refused", reason: "halted" })
  })
  const marks = yield* StoreMarks
  yield* marks.advance(() => ({ reason: "behind", foundAtMs: 2_000, missingFromMs: 1_000, missingToMs: 2_000 }))
})

const parts = Layer.mergeAll(historyLayer, layerMemoryIntentLedger, StoreMarks.layerMemory)
const open = Effect.flatMap(StoreMarks, ({ restore }) => restore)
const said = Effect.map(TestConsole.errorLines, (lines) => lines.join("\n"))

/** @guarantee protection: After PostgreSQL was restored to an earlier state trading is HALTED until an operator has reconciled it */
it.effect("goes on only once every account with what the ledger lacks was compared with the exchange", () =>
  Effect.gen(function* () {
    yield* world
    const first = yield* Effect.result(settleRestore({ checked: [], acceptUnreconciled: false }))
    assert.isTrue(Result.isFailure(first))
    const listed = yield* said
    assert.include(listed, "! account lost: compare it with the exchange")
    assert.match(listed, /completed: add_margin of lost-long at .*, command lost-1/u)
    assert.include(listed, "! account open: compare it with the exchange")
    assert.include(listed, "end not known: add_margin of open-long, command open-1")
    for (const account of ["kept", "refused", "old"]) assert.notInclude(listed, `account ${account}`)
    assert.isDefined(yield* open)
    assert.isTrue(
      Result.isFailure(yield* Effect.result(settleRestore({ checked: ["lost"], acceptUnreconciled: false })))
    )
    const done = yield* settleRestore({ checked: ["lost", "open"], acceptUnreconciled: false })
    assert.strictEqual(done, "restore reconciled, checked: lost, open")
    assert.isUndefined(yield* open)
    assert.isUndefined(yield* settleRestore({ checked: [], acceptUnreconciled: false }))
  }).pipe(Effect.provide(parts))
)

it.effect("goes on with what was not compared only when that is said, and never past an unsettled intent unsaid", () =>
  Effect.gen(function* () {
    yield* world
    const ledger = yield* IntentLedger
    yield* ledger.send(intent("sent-1", "sent"), 0, "executor")
    const checked = ["lost", "open"]
    assert.isTrue(Result.isFailure(yield* Effect.result(settleRestore({ checked, acceptUnreconciled: false }))))
    assert.include(yield* said, "! intent sent-1 is not settled")
    const accepted = yield* settleRestore({ checked, acceptUnreconciled: true })
    assert.strictEqual(accepted, "restore accepted unreconciled, checked: lost, open")
  }).pipe(Effect.provide(parts))
)

it.effect("lists a reduction only when the ledger lacks the end of one of its trades", () =>
  Effect.gen(function* () {
    yield* world
    const ledger = yield* IntentLedger
    const trades = ["t-1", "t-2"].map((positionId) => ({ positionId, quantityUsd: 1 }))
    const plan = { _tag: "close_trades", trades } as const
    const action = { _tag: "reduce_position", reducePercentage: 50, plan } as const
    for (const [commandId, intents] of [
      ["whole", ["whole.t-1", "whole.t-2"]],
      ["half", ["half.t-1"]]
    ] as const) {
      for (const id of intents) {
        yield* ledger.send({ ...intent(id, commandId), positionId: id }, 0, "executor")
        yield* ledger.settle(id, 1, { state: "succeeded", reason: "done", outcome: {} })
      }
      yield* writeAt(1_500, tradeLog, { key: commandId, value: outcome(commandId, commandId, { action }) })
    }
    yield* Effect.result(settleRestore({ checked: [], acceptUnreconciled: false }))
    assert.match(yield* said, /completed: reduce_position of half-long at .*, command half/u)
    assert.notInclude(yield* said, "account whole")
  }).pipe(Effect.provide(parts))
)
