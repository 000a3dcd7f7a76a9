// Foreign boundary: the command as a process of its own, and the simulator's control port.
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { auditLog, tradeLog } from "@millrace/contracts"
import { History } from "@millrace/history"
import { getJson, postJson, type StartedRun } from "@millrace/local"
import type { ListedCommand } from "@millrace/store"
import type { RunScenario } from "@millrace/testkit"
import { Effect, Layer, Stream } from "effect"
import { inject } from "vitest"
import { candlesOf, eventually, oneGuardedPosition, startPipeline } from "../pipelineRun.ts"

// Automation can't end a command by itself, and an operator does it by the command line, against the whole pipeline as
// processes. The feed never starts: each price is set by the test, so that nothing but the operator's act goes on.
//
// Unknown: the reply to an added margin is lost and funding moves the margin meanwhile, so the exchange's figures prove nothing.
// Pending: the exchange refuses to take the order for now. Refused: the balance does not suffice.

const main = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url))

interface Ran {
  readonly exitCode: number
  readonly out: string
}

const millrace = (...args: ReadonlyArray<string>) =>
  Effect.callback<Ran>((resume) => {
    execFile(process.execPath, [main, ...args], { env: process.env }, (error, stdout, stderr) => {
      resume(Effect.succeed({ exitCode: typeof error?.code === "number" ? error.code : 0, out: `${stdout}${stderr}` }))
    })
  })

const guarded = (action: "close_position" | "add_margin", balance: number): RunScenario => {
  const rule = { ...oneGuardedPosition.rules[0]!, action }
  return {
    ...oneGuardedPosition,
    accounts: [{ ...oneGuardedPosition.accounts[0]!, balance }],
    rules: [action === "add_margin" ? { ...rule, add_margin_amount: 100_000 } : rule]
  }
}

/** A run with what these scenarios do to it and see of it. */
const stage = Effect.fnUntraced(function* (scenario: RunScenario) {
  const run: StartedRun = yield* startPipeline({
    stack: inject("stack"),
    scenario,
    candles: candlesOf([60_000, 60_000]),
    speed: 60
  })
  const url = run.services.find((service) => service.name === "simulator")!.healthUrl
  const account = run.plan.accountIdOf("ada")
  let minutes = 0
  const history = History.layer.pipe(Layer.provide(Layer.succeedContext(run.clients)))
  const recordsOf = <A>(read: (history: History["Service"]) => Effect.Effect<A, unknown>) =>
    Effect.orDie(Effect.provide(Effect.flatMap(History, read), history))
  return {
    account,
    /** The next minute's price. */
    price: (price: number) =>
      Effect.suspend(() => {
        minutes += 1
        // The stream tells changes only.
        return postJson(`${url}/price`, { price: price + (minutes % 2), timeMs: 1_700_000_000_000 + minutes * 60_000 })
      }),
    post: (path: string, body: unknown) => postJson(`${url}${path}`, body),
    clearFaults: Effect.promise(() => fetch(`${url}/faults`, { method: "DELETE" })),
    get: (path: string) => getJson(`${url}${path}`),
    effects: Effect.map(getJson(`${url}/summary`), (found) =>
      (found as { effects: ReadonlyArray<{ action: string }> }).effects.map(({ action }) => action)
    ),
    listed: (status: string) =>
      Effect.map(
        millrace("commands", "list", "--json", "--account", account, "--status", status),
        ({ out }) => (JSON.parse(out) as ReadonlyArray<ListedCommand>)[0]
      ),
    outcome: (wanted: (outcome: { commandId: string; status: string; reason: string }) => boolean) =>
      recordsOf(({ records }) =>
        Stream.runFold(
          records(tradeLog, { partitionKey: account }),
          (): string | undefined => undefined,
          (last, { value }) =>
            value !== null && value.accountId === account && wanted(value) ? `${value.status} ${value.reason}` : last
        )
      ),
    audited: (commandId: string) =>
      recordsOf(({ records }) =>
        Stream.runFold(
          records(auditLog, {}),
          (): ReadonlyArray<string> => [],
          (all, { value }) =>
            value?.commandId === commandId ? [...all, `${value.action} ${value.actor.split(":")[0]}`] : all
        )
      )
  }
})

/**
 * @guarantee operation: What automation can't end is ended by an operator, and the position is guarded again
 * @how `millrace commands` against the running pipeline
 */
it.live("settles an unknown add-margin by what the operator found, and guards the position again", () =>
  Effect.gen(function* () {
    const at = yield* stage(guarded("add_margin", 5_000_000))
    yield* at.post("/faults", { kind: "hold_reply", route: "/isolated/trade/add-margin", times: 1 })
    yield* at.price(56_900)
    yield* eventually(
      "the exchange holds the reply",
      Effect.map(at.get("/replies"), (found) => ((found as { replies: [] }).replies.length > 0 ? true : undefined))
    )
    yield* at.post("/funding", { rate: 0.01 })
    const { commandId } = yield* eventually("the command is listed as unknown", at.listed("unknown"))
    const shown = yield* millrace("commands", "show", commandId)
    assert.include(shown.out, "unknown (ambiguous_read_back)")
    const settled = yield* millrace("commands", "settle", commandId, "applied", "--yes")
    assert.strictEqual(settled.exitCode, 0, settled.out)
    const own = (status: string) =>
      eventually(
        `its outcome is ${status}`,
        Effect.map(
          at.outcome((outcome) => outcome.commandId === commandId),
          (found) => (found === status ? true : undefined)
        )
      )
    yield* own("completed settled_applied")
    assert.isUndefined(yield* at.listed("unknown"))
    assert.include(yield* at.audited(commandId), "intent_settled cli")
    yield* eventually(
      "the guard acts again at a lower price",
      Effect.andThen(
        at.price(55_000),
        Effect.map(
          at.outcome((outcome) => outcome.commandId !== commandId && outcome.status === "completed"),
          (found) => found
        )
      )
    )
    assert.deepStrictEqual(yield* at.effects, ["add_margin", "add_margin"])
  }).pipe(Effect.scoped)
)

/** @guarantee operation: What automation can't end is ended by an operator, and the position is guarded again */
it.live("never sends a pending command that an operator withdrew", () =>
  Effect.gen(function* () {
    const at = yield* stage(guarded("close_position", 5_000_000))
    yield* at.post("/faults", { kind: "status", status: 503, route: "/isolated/trade/close" })
    yield* at.price(56_900)
    const { commandId } = yield* eventually("the command is listed as pending", at.listed("pending"))
    const canceled = yield* millrace("commands", "cancel", commandId, "--yes", "--reason", "drill")
    assert.strictEqual(canceled.exitCode, 0, canceled.out)
    yield* at.clearFaults
    yield* eventually(
      "it ends as withdrawn",
      Effect.map(
        at.outcome((outcome) => outcome.commandId === commandId),
        (found) => (found === "refused canceled_by_operator" ? true : undefined)
      )
    )
    assert.deepStrictEqual(yield* at.effects, [])
    assert.include(yield* at.audited(commandId), "cancel_stored cli")
  }).pipe(Effect.scoped)
)

/** @guarantee operation: What automation can't end is ended by an operator, and the position is guarded again */
it.live("executes a refused command once, however often an operator asks for it", () =>
  Effect.gen(function* () {
    const at = yield* stage(guarded("add_margin", 200_000))
    yield* at.price(56_900)
    const { commandId, reason } = yield* eventually("the command is listed as refused", at.listed("refused"))
    assert.strictEqual(reason, "insufficient_balance")
    const deposit = yield* at.post("/deposits/on-chain", { account: at.account, amount: 500_000 })
    yield* at.post("/deposits/confirm", { id: (deposit as { id: string }).id })
    const first = yield* millrace("commands", "execute", commandId, "--yes", "--json")
    assert.strictEqual(first.exitCode, 0, first.out)
    const { command } = JSON.parse(first.out) as { command: { commandId: string } }
    yield* eventually(
      "its repetition is completed",
      at.outcome((outcome) => outcome.commandId === command.commandId && outcome.status === "completed")
    )
    assert.include((yield* millrace("commands", "execute", commandId, "--yes")).out, "was sent anew before")
    assert.deepStrictEqual(yield* at.effects, ["add_margin"])
    assert.include(yield* at.audited(command.commandId), "command_repeated cli")
  }).pipe(Effect.scoped)
)
