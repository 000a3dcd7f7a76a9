import { assert, it } from "@effect/vitest"
import {
  type AutomationCommand,
  accountState,
  ConfluentCodec,
  deterministicId,
  type Position,
  partitionOf,
  RecordCodec,
  TopicsFile
} from "@millrace/contracts"
import { KafkaClient, MemoryKafka } from "@millrace/kafka"
import {
  CommandList,
  ControlStore,
  IntentLedger,
  type ListedCommand,
  type OperatorCommand,
  StoreMarks,
  TradingScopes
} from "@millrace/store"
import { Context, Effect, Layer, Result } from "effect"
import { registry, topics } from "./memoryBroker.ts"
import { memoryCommands, memoryControls } from "./memoryControls.ts"
import { runMillrace } from "./runMillrace.ts"

/** What was sent anew, and withdrawn, through the store. */
class Told extends Context.Service<
  Told,
  { readonly repeated: Array<OperatorCommand>; readonly canceled: Array<string> }
>()("it/Told") {}

const observedControls = Layer.effect(
  ControlStore,
  Effect.gen(function* () {
    const { canceled, repeated } = yield* Told
    const store = yield* ControlStore
    return {
      ...store,
      repeatCommand: (command, ...rest) =>
        Effect.tap(store.repeatCommand(command, ...rest), (isNew) =>
          Effect.sync(() => {
            if (isNew) repeated.push(command)
          })
        ),
      cancelCommand: (command, by) =>
        Effect.tap(store.cancelCommand(command, by), () => Effect.sync(() => canceled.push(command.commandId)))
    }
  })
).pipe(Layer.provide(memoryControls))

const scopes = TradingScopes.layerMemory([], [])

const bench = Layer.mergeAll(observedControls, scopes, memoryCommands).pipe(
  Layer.provideMerge(Layer.sync(Told, () => ({ repeated: [], canceled: [] }))),
  Layer.provideMerge(
    ConfluentCodec.layerNoDeps.pipe(
      Layer.provide(registry),
      Layer.provideMerge(Layer.mergeAll(MemoryKafka.layer, topics))
    )
  )
)

const run = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
  const kafka = Layer.succeed(KafkaClient, yield* KafkaClient)
  const controls = Layer.mergeAll(
    Layer.succeed(ControlStore, yield* ControlStore),
    Layer.succeed(TradingScopes, yield* TradingScopes),
    StoreMarks.layerMemory,
    Layer.succeed(IntentLedger, yield* IntentLedger)
  )
  const commands = Layer.merge(
    Layer.succeed(CommandList, yield* CommandList),
    Layer.succeed(IntentLedger, yield* IntentLedger)
  )
  return yield* runMillrace({ kafka, registry, topics, controls, commands }, ["commands", ...args])
})

const command = (commandId: string): AutomationCommand => ({
  commandId,
  accountId: "ada",
  ruleId: "ada-guard",
  ruleVersion: 1,
  positionId: "p1",
  positionRevision: 3,
  attempt: 1,
  action: { _tag: "close_position" },
  dryRun: false,
  marketTimeMs: 1,
  priceUsd: 57_000,
  tickReceivedAtMs: 1,
  decidedAtMs: 1
})

const entry = (commandId: string, status: ListedCommand["status"], reason: string): Omit<ListedCommand, "sinceMs"> => ({
  commandId,
  workspaceId: "w1",
  accountId: "ada",
  ruleId: "ada-guard",
  positionId: "p1",
  action: "close_position",
  status,
  reason,
  detail: `why ${reason}`,
  byHand: "Close trade p1 at the exchange.",
  retryAtMs: status === "pending" ? 60_000 : undefined,
  command: command(commandId),
  updatedAtMs: 1_767_225_600_000
})

const put = (...entries: ReadonlyArray<Omit<ListedCommand, "sinceMs">>) =>
  Effect.forEach(entries, (one) => CommandList.use((list) => list.put(one)), { discard: true })

const position: Position = {
  _tag: "Position",
  positionId: "p1",
  accountId: "ada",
  market: "btc_usd",
  marginMode: "isolated",
  side: "buy",
  quantityUsd: 1000,
  entryPriceUsd: 60_000,
  marginSats: 166_666,
  maintenanceMarginSats: 1_833,
  leverage: 10,
  liquidationPriceUsd: 54_545.5,
  status: "open",
  openedAtMs: 1,
  revision: 7,
  epoch: 1
}

/** The topics, with the position in account-state, or its tombstone. */
const writePosition = Effect.fnUntraced(function* (value: Position | null) {
  const { admin, producer } = yield* KafkaClient
  const codec = yield* RecordCodec
  yield* codec.prepare([accountState])
  yield* admin.createTopics((yield* TopicsFile).physicalTopics().map((topic) => ({ ...topic, replication: 1 })))
  const { send } = yield* producer({ clientId: "test" })
  const key = "position/ada/p1"
  const bytes = value === null ? null : Result.getOrThrow(codec.encode(accountState, value))
  const partition = partitionOf(accountState, key, 12)
  const headers = { "workspace-id": "w1" }
  yield* send([{ topic: "account-state", partition, key: Buffer.from(key), value: bytes, headers }])
}, Effect.scoped)

it.effect("lists what needs a hand, by status and account, and shows one with what can be done", () =>
  Effect.gen(function* () {
    assert.strictEqual((yield* run("list")).out, "No command waits, is unknown, or was refused.")
    yield* put(entry("c1", "pending", "exchange_down"), entry("c2", "refused", "insufficient_balance"))
    const { out } = yield* run("list", "--status", "refused", "--account", "ada")
    assert.deepStrictEqual(out.split("\n"), [
      "c2  refused (insufficient_balance) since 2026-01-01T00:00:00.000Z",
      "  account ada, position p1, rule ada-guard: close_position",
      "  Close trade p1 at the exchange."
    ])
    const ids = (json: string) => (JSON.parse(json) as ReadonlyArray<ListedCommand>).map((one) => one.commandId)
    assert.deepStrictEqual(ids((yield* run("list", "--json")).out), ["c1", "c2"])
    const shown = yield* run("show", "c1")
    assert.include(shown.out, "status     pending (exchange_down) since 2026-01-01T00:00:00.000Z")
    assert.include(shown.out, "by hand    Close trade p1 at the exchange.")
    assert.include(shown.out, "commands   cancel: it is never sent")
    const missing = yield* run("show", "c9")
    assert.deepStrictEqual([missing.exitCode, missing.error.slice(0, 27)], [1, "No command c9 is listed: it"])
  }).pipe(Effect.provide(bench))
)

/** @guarantee operation: An operator settles, withdraws or repeats a command by hand, each once and audited */
it.effect("sends a refused command anew, once, on the position as it is now, and only when told --yes", () =>
  Effect.gen(function* () {
    const { repeated } = yield* Told
    yield* writePosition(position)
    yield* put(entry("c2", "refused", "insufficient_balance"))
    const asked = yield* run("execute", "c2")
    assert.strictEqual(asked.exitCode, 1)
    assert.match(asked.error, /^This would send close_position of command c2 on account ada anew, as .*Say --yes/u)
    assert.lengthOf(repeated, 0)
    const newId = deterministicId("operator", "c2")
    assert.match((yield* run("execute", "c2", "--yes")).out, new RegExp(`^sent anew: .*\n.*under ${newId}`, "u"))
    assert.match((yield* run("execute", "c2", "--yes")).out, /^was sent anew before: /u)
    assert.lengthOf(repeated, 1)
    const { operator, ...same } = repeated[0]!
    assert.deepStrictEqual(same, { ...command("c2"), commandId: newId, positionRevision: 7 })
    assert.deepInclude(operator, { commandId: "c2" })
    assert.match(operator.actor, /^cli:/u)
    yield* writePosition(null)
    assert.match((yield* run("execute", "c2", "--yes")).error, /Position p1 of command c2 has ended/u)
  }).pipe(Effect.provide(bench))
)

it.effect("does not send anew what waits or is unknown, and says what to do instead", () =>
  Effect.gen(function* () {
    yield* put(entry("c1", "pending", "exchange_down"), entry("c3", "unknown", "ambiguous_read_back"))
    assert.match((yield* run("execute", "c1", "--yes")).error, /still waits to be sent .* Cancel it/u)
    assert.match((yield* run("execute", "c3", "--yes")).error, /must not be sent again.*settle c3/u)
    assert.lengthOf((yield* Told).repeated, 0)
  }).pipe(Effect.provide(bench))
)

/** @guarantee operation: An operator settles, withdraws or repeats a command by hand, each once and audited */
it.effect("withdraws what waits, and refuses to withdraw what was sent or has ended", () =>
  Effect.gen(function* () {
    const { canceled } = yield* Told
    yield* put(entry("c1", "pending", "exchange_down"), entry("c2", "refused", "x"), entry("c3", "unknown", "y"))
    assert.match((yield* run("cancel", "c1")).error, /^This would withdraw command c1 of account ada.*Say --yes/u)
    assert.match((yield* run("cancel", "c2", "--yes")).error, /has ended \(refused, x\)/u)
    assert.match((yield* run("cancel", "c3", "--yes")).error, /was sent and can't be withdrawn.*settle c3/u)
    assert.match((yield* run("cancel", "c9", "--yes")).error, /name its account: --account A/u)
    assert.deepStrictEqual(canceled, [])
    assert.match((yield* run("cancel", "c1", "--yes", "--reason", "drill")).out, /^withdrawn: command c1/u)
    assert.strictEqual((yield* run("cancel", "c9", "--account", "ada", "--yes")).exitCode, 0)
    assert.deepStrictEqual(canceled, ["c1", "c9"])
  }).pipe(Effect.provide(bench))
)

const sendUnknown = Effect.fnUntraced(function* (intentId: string) {
  const ledger = yield* IntentLedger
  const intent = {
    intentId,
    workspaceId: "w1",
    accountId: "ada",
    ruleId: "ada-guard",
    positionId: intentId,
    action: "add_margin",
    positionRevision: 0,
    repeatable: false,
    request: {}
  }
  const permit = yield* ledger.send(intent, 1, "executor.1")
  assert.strictEqual(permit._tag, "Granted")
  yield* ledger.settle(intentId, 1, { state: "unknown", reason: "ambiguous_read_back", outcome: null })
})

/**
 * @guarantee operation: An operator settles, withdraws or repeats a command by hand, each once and audited
 * @how by the ledger's first verdict, the first withdrawal, and an id that is the same each time; only with `--yes`
 */
it.effect("settles an unknown order by what the operator found, for good", () =>
  Effect.gen(function* () {
    const ledger = yield* IntentLedger
    yield* sendUnknown("c3")
    const shown = yield* run("settle", "c3", "applied")
    assert.match(shown.error, /This would record that the exchange carried out add_margin c3 .* Say --yes/u)
    assert.isUndefined((yield* ledger.find("c3"))?.operator)
    const wrong = yield* run("settle", "c3", "not-applied", "--effect", "t1", "--yes")
    assert.match(wrong.error, /has no effect: leave --effect out/u)
    assert.match(
      (yield* run("settle", "c3", "applied", "--effect", "t1", "--yes")).out,
      /^settled applied: add_margin c3/u
    )
    assert.deepInclude((yield* ledger.find("c3"))?.operator, { verdict: "applied", effectId: "t1" })
    const again = yield* run("settle", "c3", "not-applied", "--yes")
    assert.match(again.error, /settled before: applied by cli:.*The first verdict holds/u)
    assert.match((yield* run("settle", "c9", "applied", "--yes")).error, /The ledger knows no order c9/u)
    yield* sendUnknown("c4.t1")
    yield* sendUnknown("c4.t2")
    assert.match((yield* run("settle", "c4", "applied", "--yes")).error, /each by its own id: c4.t1, c4.t2/u)
    assert.strictEqual((yield* run("settle", "c4.t1", "applied", "--yes")).exitCode, 0)
  }).pipe(Effect.provide(bench))
)
