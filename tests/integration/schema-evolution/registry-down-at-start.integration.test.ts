import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { controls } from "@millrace/contracts"
import { KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { checkoutFolder, isReady } from "@millrace/local"
import { Effect } from "effect"
import { inject } from "vitest"
import { freePort, gateTo } from "../Gate.ts"
import { eventually } from "../pipelineRun.ts"

// The schema registry is down while a worker starts. What must hold: without cached schema ids the worker is alive and not
// ready, and takes no record; it gets ready by itself when the registry is back. With the ids of an earlier run in its
// cache folder it gets ready without the registry, also past a record that its first start has left out for its schema id.

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-registry-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const gateToRegistry = Effect.fnUntraced(function* (registryUrl: string) {
  const { hostname, port, pathname } = new URL(registryUrl)
  const gate = yield* gateTo(hostname, Number(port))
  return { gate, url: `http://127.0.0.1:${gate.port}${pathname}` }
})

/** What the processes said last, for a failure. */
const said: Array<string> = []

const start = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>): ChildProcess => {
  const child = spawn(process.execPath, [join(checkoutFolder, args[0] ?? ""), ...args.slice(1)], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"]
  })
  child.stderr?.on("data", (text) => said.push(String(text)))
  return child
}

const ended = (child: ChildProcess) =>
  Effect.callback<number | null>((resume) => {
    child.once("exit", (code) => resume(Effect.succeed(code)))
  })

const getText = (url: string) =>
  Effect.tryPromise(() => fetch(url).then((answer) => answer.text())).pipe(Effect.orElseSucceed(() => ""))

/** A deployment step of the command line, against the registry itself. */
const millrace = (...args: ReadonlyArray<string>) =>
  Effect.suspend(() => ended(start(["packages/cli/src/main.ts", ...args], {}))).pipe(
    Effect.tap((code) => Effect.sync(() => assert.strictEqual(code, 0, `millrace ${args.join(" ")}`)))
  )

/** A record of the controls with a schema id of nobody, which a worker leaves out. */
const leaveForeignRecord = Effect.gen(function* () {
  const { producer } = yield* KafkaClient
  const { send } = yield* producer({ clientId: "it-foreign" })
  const value = Buffer.concat([Buffer.from([0, 0x11, 0x44, 0x14, 0x6f]), Buffer.from("{}")])
  yield* send([{ topic: controls.name, partition: 0, key: Buffer.from("it-foreign"), value }])
}).pipe(Effect.scoped, Effect.provide(KafkaJsClient.layer))

const startMonitor = (env: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => start(["packages/margin-monitor/src/main.ts"], env)),
    (child) => {
      const gone = ended(child)
      return Effect.sync(() => child.kill("SIGTERM")).pipe(Effect.andThen(gone))
    }
  )

/** @guarantee crash: registry is down */
it.live("waits for the registry at its start, then starts by itself; with cached ids it does not need it", () =>
  Effect.gen(function* () {
    const cache = yield* folder
    const { gate, url: registryUrl } = yield* gateToRegistry(inject("stack").registryUrl)
    yield* millrace("topics", "apply")
    yield* millrace("schemas", "register")
    yield* leaveForeignRecord
    const port = yield* freePort
    const health = `http://127.0.0.1:${port}`
    const env = {
      SCHEMA_REGISTRY_URL: registryUrl,
      SCHEMA_CACHE: cache,
      HEALTH_PORT: String(port),
      INSTANCE: "it-registry-down"
    }
    const whenReady = eventually(
      "the worker is ready",
      Effect.map(isReady(`${health}/ready`), (ready) => ready || undefined)
    )
    yield* Effect.scoped(
      Effect.gen(function* () {
        yield* startMonitor(env)
        yield* eventually(
          "the worker is alive",
          Effect.map(isReady(`${health}/live`), (live) => live || undefined)
        )
        yield* eventually(
          "it says that it waits for the registry",
          Effect.map(getText(`${health}/ready`), (text) => (/registry|schema/iu.test(text) ? text : undefined))
        )
        assert.isFalse(yield* isReady(`${health}/ready`))
        gate.isOpen = true
        yield* whenReady
      })
    )
    gate.isOpen = false
    yield* startMonitor(env)
    yield* whenReady
  }).pipe(Effect.onError(() => Effect.logError("the processes said last", said.join("").slice(-6_000))))
)
