import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { connect, createServer, type Server } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { checkoutFolder, isReady } from "@millrace/local"
import { Effect } from "effect"
import { inject } from "vitest"
import { eventually } from "../pipelineRun.ts"

// The schema registry is down while a worker starts. What must hold: without cached schema ids the worker is alive and not
// ready, and takes no record; it gets ready by itself when the registry is back. With the ids of an earlier run in its
// cache folder it gets ready without the registry.

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-registry-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A port of ours that leads nowhere until it is opened to the registry. */
class Gate {
  isOpen = false
  readonly server: Server

  constructor(hostname: string, port: number) {
    this.server = createServer((socket) => {
      socket.on("error", () => socket.destroy())
      if (!this.isOpen) {
        socket.destroy()
        return
      }
      const registry = connect(port, hostname)
      registry.on("error", () => socket.destroy())
      socket.pipe(registry).pipe(socket)
    })
  }
}

const portOf = (server: Server): number => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

const gateTo = (registryUrl: string) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly gate: Gate; readonly url: string }>((resume) => {
      const { hostname, port, pathname } = new URL(registryUrl)
      const gate = new Gate(hostname, Number(port))
      gate.server.listen(0, "127.0.0.1", () =>
        resume(Effect.succeed({ gate, url: `http://127.0.0.1:${portOf(gate.server)}${pathname}` }))
      )
    }),
    ({ gate }) => Effect.sync(() => gate.server.close())
  )

const freePort = Effect.callback<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const port = portOf(server)
    server.close(() => resume(Effect.succeed(port)))
  })
})

const start = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>): ChildProcess =>
  spawn(process.execPath, [join(checkoutFolder, args[0] ?? ""), ...args.slice(1)], {
    env: { ...process.env, ...env },
    stdio: "ignore"
  })

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

const startMonitor = (env: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => start(["packages/margin-monitor/src/main.ts"], env)),
    (child) => {
      const gone = ended(child)
      return Effect.sync(() => child.kill("SIGTERM")).pipe(Effect.andThen(gone))
    }
  )

it.live("waits for the registry at its start, then starts by itself; with cached ids it does not need it", () =>
  Effect.gen(function* () {
    const cache = yield* folder
    const { gate, url: registryUrl } = yield* gateTo(inject("stack").registryUrl)
    yield* millrace("topics", "apply")
    yield* millrace("schemas", "register")
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
  })
)
