import { spawn } from "node:child_process"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { checkoutFolder } from "@millrace/local"
import { Effect } from "effect"
import { stackFolder } from "../local-stack/StackProcess.ts"

// One broker, two workers, a ledger in PostgreSQL and an outside system, each a process of its own, under load. A worker is
// killed, the broker is killed, PostgreSQL is killed and kept away, replies are lost after their effect was applied. What
// must hold: every record that the broker acknowledged is applied once, refused or set aside; in order within its key and
// lane; the offsets reach the ends; and after each fault fresh records are handled again.

const kinds = ["worker-killed", "broker-killed", "postgres-killed", "replies-lost", "poison-burst"]

const environment = (): NodeJS.ProcessEnv => {
  const env = { ...process.env }
  for (const name of ["KAFKA_BROKERS", "SCHEMA_REGISTRY_URL", "DATABASE_URL", "REDIS_URL", "NODE_OPTIONS"])
    delete env[name]
  return env
}

const folder = Effect.acquireRelease(
  Effect.sync(() => stackFolder("millrace-chaos-")),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const chaos = (args: ReadonlyArray<string>) =>
  Effect.callback<{ readonly code: number | null; readonly out: string; readonly said: string }>((resume) => {
    const child = spawn(process.execPath, [join(checkoutFolder, "packages/chaos/src/main.ts"), ...args], {
      env: environment(),
      stdio: ["ignore", "pipe", "pipe"]
    })
    let out = ""
    let said = ""
    child.stdout.on("data", (text) => {
      out += text
    })
    child.stderr.on("data", (text) => {
      said += text
    })
    child.once("close", (code) => resume(Effect.succeed({ code, out, said })))
    return Effect.sync(() => child.kill("SIGTERM"))
  })

/**
 * @guarantee crash: PostgreSQL is killed (kill -9) and stays away for seconds
 * @redelivered nothing: what has an effect is held
 * @harmless nothing is sent without the ledger's commit; an effect that was applied and not settled is read back
 * @guarantee crash: worker is killed, then the broker, then PostgreSQL, under load
 * @redelivered whatever was not committed
 * @harmless each effect has an intent under its job's id, an unknown one is read back, and a repeat waits until a late
 *   copy can do nothing: each accepted record is applied once, refused or set aside, in order within its key and lane
 */
it.live(
  "every accepted record comes to one end while workers, broker and database are killed and replies are lost",
  () =>
    Effect.gen(function* () {
      const data = join(yield* folder, "run")
      const options = ["--brokers", "1", "--workers", "2", "--rate", "30", "--minutes", "1.9", "--seed", "5"]
      const { code, out, said } = yield* chaos([...options, "--faults", kinds.join(","), "--data", data])
      const summary = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "{}")
      assert.strictEqual(code, 0, `${said}\n${out}`)
      assert.include(summary, { duplicates: 0, lost: 0, outOfOrder: 0, contradictions: 0, goneFromTopics: 0, lag: 0 })
      assert.isAbove(summary.accepted, 1_000)
      const faults: ReadonlyArray<{ readonly kind: string; readonly recoveredSeconds: number | null }> = summary.faults
      assert.deepStrictEqual([...new Set(faults.map(({ kind }) => kind))].toSorted(), kinds.toSorted())
      for (const { kind, recoveredSeconds } of faults) assert.isNotNull(recoveredSeconds, kind)
    }).pipe(Effect.scoped),
  300_000
)
