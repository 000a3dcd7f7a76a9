import { randomBytes } from "node:crypto"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { checkoutFolder, toEnvironment } from "../../../packages/local/src/index.ts"
import { choosePorts } from "../../../packages/local/src/Ports.ts"
import { openFolderFor } from "../../../packages/local/src/PostgresSite.ts"
import { makeProcessGuard } from "../../../packages/local/src/ProcessGuard.ts"
import { runCommand } from "../../../packages/local/src/runCommand.ts"
import { tailOf } from "../../../packages/local/src/ServerProcess.ts"
import { composeServices, ourServices } from "./ComposeFile.ts"
import { runStack, stackFolder } from "./StackProcess.ts"

// What docker-compose.yml says is carried out here without an engine: the preparing commands, then each service's
// command with its environment, then the image's health check. Only addresses differ. All must become healthy.

const folder = Effect.acquireRelease(
  Effect.sync(() => stackFolder("millrace compose ")),
  (path) =>
    Effect.sync(() => {
      // The folder is closed to others: as root, PostgreSQL's data then lies elsewhere.
      for (const used of [path, openFolderFor(join(path, "stack"))]) rmSync(used, { recursive: true, force: true })
    })
)

const base = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" }

const untilHealthy = Effect.fnUntraced(function* (name: string, port: number, logFile: string) {
  for (let tries = 0; tries < 60; tries++) {
    const env = { HEALTH_PORT: String(port) }
    const { code } = yield* runCommand(process.execPath, [join(checkoutFolder, "infra", "healthcheck.mjs")], { env })
    if (code === 0) return
    yield* Effect.sleep("500 millis")
  }
  return yield* Effect.die(new Error(`${name} did not become healthy: ${tailOf(logFile)}`))
})

/**
 * @guarantee operation: Every service of docker-compose.yml comes up healthy from its own command
 * @how run here as processes
 */
it.live("brings every service of docker-compose.yml up healthy from its own command", () =>
  Effect.gen(function* () {
    const services = composeServices()
    const data = yield* folder
    const run = yield* runStack(["--data", join(data, "stack")])
    if (run.addresses === undefined) return yield* Effect.die(new Error(run.said))
    const [simulator, control, ...health] = Object.values(yield* choosePorts(`${data}/a`, {}, {})) as Array<number>
    const more = Object.values(yield* choosePorts(`${data}/b`, {}, {})) as Array<number>
    const given = {
      ...base,
      ...toEnvironment(run.addresses),
      EXCHANGE_REST_URL: `http://127.0.0.1:${simulator}/v3`,
      EXCHANGE_STREAM_URL: `ws://127.0.0.1:${simulator}/v1`,
      MILLRACE_MASTER_KEY: randomBytes(32).toString("base64"),
      SCHEMA_CACHE: join(data, "schemas")
    }
    for (const name of ["topics", "schemas"]) {
      const [, ...args] = services[name]?.command ?? []
      const { code, lines } = yield* runCommand(process.execPath, args, { cwd: checkoutFolder, env: given })
      assert.strictEqual(code, 0, `${name}: ${lines.slice(-3).join(" | ")}`)
    }
    const guard = yield* makeProcessGuard(join(data, "services"))
    const started = ourServices.map((name, index) => ({
      name,
      port: name === "simulator" ? (control as number) : ([...health, ...more][index] as number),
      logFile: join(data, `${name}.log`)
    }))
    for (const { name, port, logFile } of started) {
      const [, ...args] = services[name]?.command ?? []
      yield* guard.start("stack", {
        name,
        command: process.execPath,
        args,
        cwd: checkoutFolder,
        env: {
          ...given,
          HEALTH_PORT: String(port),
          ...(name === "simulator"
            ? { SIMULATOR_PORT: String(simulator), SIMULATOR_CONTROL_PORT: String(control) }
            : {})
        },
        logFile,
        stopSignal: "SIGTERM",
        graceMs: 15_000,
        stopOrder: 1
      })
      yield* untilHealthy(name, port, logFile).pipe(Effect.when(Effect.succeed(name === "simulator")))
    }
    yield* Effect.all(
      started.map(({ name, port, logFile }) => untilHealthy(name, port, logFile)),
      { concurrency: "unbounded" }
    )
  })
)
