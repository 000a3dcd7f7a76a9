// Foreign boundary: runs pg_dump, psql and the command line as processes.
import { execFile } from "node:child_process"
import { randomBytes } from "node:crypto"
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { type Account, accountHistory } from "@millrace/contracts"
import { History } from "@millrace/history"
import { getJson, postJson, toEnvironment } from "@millrace/local"
import type { RunScenario } from "@millrace/testkit"
import { Effect, Layer, Stream } from "effect"
import { runStack, stackFolder } from "../local-stack/StackProcess.ts"
import { candlesOf, eventually, startPipeline } from "../pipelineRun.ts"

// A backup of PostgreSQL is taken under the running pipeline, with pg_dump; then a reduction and a close are carried out and an
// account is changed; then the backup is put back under the running services. What must hold: control-api finds it and HALTS
// everything; nothing is sent while an operator has not compared; what the ledger and the store have forgotten is listed, the
// reduction and the account's change included; once it was compared trading goes on, a guard acts once, and the workers are told
// the account as PostgreSQL has it, in a version above the forgotten one.

const main = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url))

/** Ada's reduction closes one of two trades, Bob's guard his only one; Carol's acts at a lower price. */
const scenario: RunScenario = {
  accounts: ["ada", "bob", "carol"].map((id) => ({ id, name: id, balance: 5_000_000 })),
  positions: [
    { id: "ada-one", account: "ada", side: "buy", quantity: 500, leverage: 10 },
    { id: "ada-two", account: "ada", side: "buy", quantity: 500, leverage: 10 },
    { id: "bob-long", account: "bob", side: "buy", quantity: 1_000, leverage: 10 },
    { id: "carol-long", account: "carol", side: "buy", quantity: 1_000, leverage: 5 }
  ],
  rules: [
    {
      id: "ada-guard",
      account: "ada",
      kind: "margin_guard",
      threshold: 0.5,
      action: "reduce_position",
      reduce_percentage: 50
    },
    { id: "bob-guard", account: "bob", kind: "margin_guard", threshold: 0.5, action: "close_position" },
    { id: "carol-guard", account: "carol", kind: "margin_guard", threshold: 0.5, action: "close_position" }
  ]
}

/** The folder with pg_dump and psql, on the PATH or Debian's; undefined where only the embedded server is there. */
const clientPrograms = (): string | undefined => {
  const root = "/usr/lib/postgresql"
  const versions = existsSync(root) ? readdirSync(root).toSorted((one, other) => Number(other) - Number(one)) : []
  const folders = [
    ...versions.map((version) => join(root, version, "bin")),
    ...(process.env.PATH ?? "").split(delimiter)
  ]
  return folders.find((folder) => ["pg_dump", "psql"].every((name) => existsSync(join(folder, name))))
}
const programs = clientPrograms() ?? ""

interface Ran {
  readonly exitCode: number
  readonly out: string
}

const ran = (command: string, args: ReadonlyArray<string>) =>
  Effect.callback<Ran>((resume) => {
    execFile(command, [...args], { env: process.env, maxBuffer: 1e9 }, (error, stdout, stderr) => {
      resume(Effect.succeed({ exitCode: typeof error?.code === "number" ? error.code : 0, out: `${stdout}${stderr}` }))
    })
  })
const millrace = (...args: ReadonlyArray<string>) => ran(process.execPath, [main, ...args])

/** Settings of this process, and so of what it starts, until the scope closes. */
const withEnvironment = (variables: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = { ...process.env }
      Object.assign(process.env, variables)
      return before
    }),
    (before) =>
      Effect.sync(() => {
        for (const name of Object.keys(variables)) {
          if (before[name] === undefined) delete process.env[name]
          else process.env[name] = before[name]
        }
      })
  )

/** @guarantee protection: After PostgreSQL was restored to an earlier state trading is HALTED until an operator has reconciled it */
it.live.skipIf(programs === "")(
  "finds a backup that was put back, halts, lists what it has forgotten, and goes on once that was compared",
  () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => stackFolder("millrace-restored-")),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
      )
      const { addresses, said } = yield* runStack(["--data", folder])
      const stack = addresses ?? assert.fail(`the stack did not start: ${said}`)
      const master = randomBytes(32).toString("base64")
      yield* withEnvironment({ ...toEnvironment(stack), MILLRACE_MASTER_KEY: master })
      const run = yield* startPipeline({ stack, scenario, candles: candlesOf([60_000, 60_000]), speed: 60 })
      const simulator = run.services.find(({ name }) => name === "simulator")!.healthUrl
      let minutes = 0
      const price = (usd: number) =>
        Effect.suspend(() => {
          minutes += 1
          const next = { price: usd + (minutes % 2), timeMs: 1_700_000_000_000 + minutes * 60_000 }
          return postJson(`${simulator}/price`, next)
        })
      const effects = Effect.map(getJson(`${simulator}/summary`), (found) =>
        (found as { effects: ReadonlyArray<{ action: string }> }).effects.map(({ action }) => action)
      )
      const effectsAre = (count: number) =>
        eventually(
          `${count} effects at the exchange`,
          Effect.map(effects, (found) => (found.length >= count ? found : undefined))
        )
      const status = Effect.map(
        millrace("trading", "status", "--json"),
        ({ out }) =>
          JSON.parse(out) as { switches: ReadonlyArray<{ mode: string }>; restore: { reason: string } | null }
      )
      const accountTold = Effect.scoped(
        Effect.flatMap(History, ({ records }) =>
          Stream.runFold(
            records(accountHistory, { partitionKey: run.plan.accountIdOf("bob") }),
            (): Account | undefined => undefined,
            (last, { value }) =>
              value?._tag === "Account" && value.accountId === run.plan.accountIdOf("bob") ? value : last
          )
        )
      ).pipe(Effect.provide(History.layer.pipe(Layer.provide(Layer.succeedContext(run.clients)))), Effect.orDie)

      // The backup, and what happens after it.
      yield* Effect.sleep("2 seconds")
      const dump = yield* ran(join(programs, "pg_dump"), ["--schema=public", stack.databaseUrl])
      assert.strictEqual(dump.exitCode, 0, dump.out.slice(-500))
      yield* price(56_900)
      assert.deepStrictEqual((yield* effectsAre(2)).toSorted(), ["close_position", "close_position"])
      const disarmed = yield* millrace("accounts", "disarm", run.plan.accountIdOf("bob"))
      assert.strictEqual(disarmed.exitCode, 0, disarmed.out)
      const forgotten = yield* eventually(
        "the change is told",
        Effect.map(accountTold, (told) => (told?.armed === false ? told : undefined))
      )
      yield* Effect.sleep("1 second")

      // The restore, in one transaction under the running services.
      const file = join(folder, "restore.sql")
      yield* Effect.sync(() => writeFileSync(file, `drop schema public cascade;\n${dump.out}`))
      const psql = ["--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", `--file=${file}`, stack.databaseUrl]
      const restored = yield* ran(join(programs, "psql"), psql)
      assert.strictEqual(restored.exitCode, 0, restored.out.slice(-500))
      const found = yield* eventually(
        "the restore is found",
        Effect.map(status, (one) => (one.restore === null ? undefined : one))
      )
      assert.match(found.restore!.reason, /was restored: it lies \d+ heartbeats behind/u)
      assert.include(
        found.switches.map(({ mode }) => mode),
        "HALTED"
      )
      yield* price(54_000)
      yield* Effect.sleep("3 seconds")
      assert.lengthOf(yield* effects, 2, "nothing is sent while it is HALTED")

      // What is listed, and the way back.
      const refused = yield* millrace("trading", "resume")
      assert.strictEqual(refused.exitCode, 1)
      const [ada, bob] = ["ada", "bob"].map((id) => run.plan.accountIdOf(id)) as [string, string]
      assert.match(
        refused.out,
        new RegExp(`account ${ada}: compare it with the exchange[^!]*completed: reduce_position`, "u")
      )
      assert.match(
        refused.out,
        new RegExp(`account ${bob}: compare it with the exchange[^!]*completed: close_position`, "u")
      )
      assert.include(refused.out, `account ${bob} became version ${forgotten.version}`)
      assert.strictEqual((yield* status).restore?.reason, found.restore!.reason, "nothing was changed")
      const carol = run.plan.accountIdOf("carol")
      const checked = [ada, bob, carol].flatMap((id) => ["--checked", id])
      const resumed = yield* millrace("trading", "resume", ...checked, "--reason", "compared")
      assert.strictEqual(resumed.exitCode, 0, resumed.out)
      assert.isNull((yield* status).restore)
      yield* eventually(
        "Carol's guard acts",
        Effect.andThen(
          price(54_000),
          Effect.delay(
            Effect.map(effects, (all) => (all.length > 2 ? true : undefined)),
            "500 millis"
          )
        )
      )
      const told = yield* eventually(
        "the account is told as PostgreSQL has it",
        Effect.map(accountTold, (one) => (one?.armed === false ? undefined : one))
      )
      assert.isAbove(told.version, forgotten.version)
      yield* Effect.sleep("2 seconds")
      assert.deepStrictEqual(yield* effects, Array(3).fill("close_position"), "each once")
    }).pipe(Effect.scoped)
)
