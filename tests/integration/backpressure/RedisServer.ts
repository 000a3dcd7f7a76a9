// Foreign boundary: starts redis-server as a process that a scenario may kill, freeze and start again.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { connect, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { layerRedisOf, RateLimits } from "@millrace/store"
import { ConfigProvider, Effect, Layer, Redacted, Schedule } from "effect"
import { Redis } from "effect/persistence"

/** Where no redis-server is installed, the pipeline counts in each process, and these scenarios have no subject. */
export const redisServerInstalled: boolean = spawnSync("redis-server", ["--version"]).status === 0

export interface RedisServer {
  readonly port: number
  readonly tlsPort: number
  /** Certificate of the server, as PEM text; `undefined` unless it was started with TLS. */
  readonly certificate: string | undefined
  readonly start: Effect.Effect<void>
  /** kill -9; what it counted is gone. */
  readonly kill: Effect.Effect<void>
  readonly freeze: Effect.Effect<void>
  readonly thaw: Effect.Effect<void>
}

const freePort = Effect.callback<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as { readonly port: number }
    server.close(() => resume(Effect.succeed(port)))
  })
})

const accepts = (port: number) =>
  Effect.callback<void, "refused">((resume) => {
    const socket = connect(port, "127.0.0.1", () => resume(Effect.void))
    socket.on("error", () => resume(Effect.fail("refused" as const)))
    return Effect.sync(() => socket.destroy())
  }).pipe(Effect.retry({ schedule: Schedule.spaced("20 millis"), times: 250 }), Effect.orDie)

/** A server of its own, not started yet; the scope kills it. `secured`: with TLS and a password. */
export const makeRedisServer = Effect.fnUntraced(function* (secured?: { readonly password: string }) {
  const port = yield* freePort
  const tlsPort = yield* freePort
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-redis-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")]
  if (secured !== undefined) {
    const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2"]
    execFileSync("openssl", [...request, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], {
      stdio: "ignore"
    })
  }
  const tls = ["--tls-port", `${tlsPort}`, "--tls-cert-file", certificate, "--tls-key-file", key]
  const security =
    secured === undefined
      ? ["--port", `${port}`]
      : ["--port", "0", ...tls, "--tls-auth-clients", "no", "--requirepass", secured.password]
  let child: ChildProcess | undefined
  const signal = (name: NodeJS.Signals) => Effect.sync(() => child?.kill(name)).pipe(Effect.asVoid)
  const kill = Effect.callback<void>((resume) => {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null) return resume(Effect.void)
    running.once("exit", () => resume(Effect.void))
    running.kill("SIGKILL")
  })
  const start = Effect.suspend(() => {
    const args = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", ...security]
    child = spawn("redis-server", args, { cwd: folder, stdio: "ignore" })
    return accepts(secured === undefined ? port : tlsPort)
  })
  yield* Effect.addFinalizer(() => kill)
  return {
    port,
    tlsPort,
    certificate: secured === undefined ? undefined : readFileSync(certificate, "utf8"),
    start,
    kill,
    freeze: signal("SIGSTOP"),
    thaw: signal("SIGCONT")
  } satisfies RedisServer
})

const connectionTo = (url: string, tlsCa?: string) =>
  layerRedisOf({
    url: Redacted.make(url),
    connectTimeoutMs: 1000,
    reconnectMaxMs: 100,
    ...(tlsCa === undefined ? {} : { tlsCa })
  })

/** A connection alone, without rate limits. */
export const redisOn = (url: string) =>
  Layer.build(Layer.fresh(connectionTo(url))).pipe(Effect.flatMap((services) => Effect.provide(Redis.Redis, services)))

/** One instance's rate limits on a server, with short times. */
export const instanceOn = (url: string, tlsCa?: string) =>
  Layer.build(
    RateLimits.layerRedis.pipe(
      Layer.provide(connectionTo(url, tlsCa)),
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ RATE_LIMITS_REDIS_RETRY: "50 millis" }))),
      Layer.fresh
    )
  ).pipe(Effect.flatMap((services) => Effect.provide(RateLimits, services)))
