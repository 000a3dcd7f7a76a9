// Foreign boundary: files of a PostgreSQL server, and a signal to it.
import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { cacheFolderOf, makeProcessGuard, StackConfig, startPostgres } from "@millrace/local"
import { Effect } from "effect"
import { freePort } from "../Gate.ts"
import { makeAuthority } from "./Certificates.ts"

/** Only over TLS, and with a password, is this server to be reached. */
const rules = "hostssl all all 127.0.0.1/32 scram-sha-256\n"

/** A PostgreSQL of its own that speaks TLS with a certificate of an authority that nobody knows; ends with the scope. */
export const startSecuredPostgres = Effect.gen(function* () {
  /** Where its data lies when its user can't enter our folder. */
  const elsewhere: Array<string> = []
  const dataFolder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-secured-postgres-"))),
    (path) =>
      Effect.sync(() => {
        for (const each of [path, ...elsewhere]) rmSync(each, { recursive: true, force: true })
      })
  )
  const postgres = yield* freePort
  const guard = yield* makeProcessGuard(dataFolder)
  const ports = { kafka: 0, controller: 0, registry: 0, redis: 0, postgres }
  const cacheFolder = cacheFolderOf(yield* StackConfig)
  const server = yield* startPostgres({ dataFolder, cacheFolder, guard, ports, quickJvm: true })
  if (!server.folder.startsWith(dataFolder)) elsewhere.push(dirname(server.folder))
  const authority = makeAuthority(dataFolder, "ours")
  const own = authority.issue("postgres", ["IP:127.0.0.1"])
  const data = join(server.folder, "data")
  yield* Effect.sync(() => {
    const { gid, uid } = statSync(data)
    for (const [name, text] of [
      ["server.key", own.key],
      ["server.crt", own.certificate],
      ["pg_hba.conf", rules]
    ] as const) {
      writeFileSync(join(data, name), text, { mode: 0o600 })
      chownSync(join(data, name), uid, gid)
    }
    writeFileSync(join(data, "postgresql.auto.conf"), "ssl = 'on'\n")
    process.kill(server.pid, "SIGHUP")
  })
  return { url: server.url, authority }
})
