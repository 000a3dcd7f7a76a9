import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { onDisk } from "./onDisk.ts"
import { findPostgres, type PostgresProgram } from "./PostgresProgram.ts"
import { type PostgresSite, preparePostgresSite } from "./PostgresSite.ts"
import { ensureDatabase, probePostgres } from "./Probes.ts"
import { report } from "./Progress.ts"
import { randomText } from "./randomText.ts"
import { runCommand } from "./runCommand.ts"
import { startServer } from "./ServerProcess.ts"
import { StackError } from "./StackError.ts"
import { type StackSite, serverEnvironment } from "./StackSite.ts"

const owner = "millrace"
const database = "millrace"

const settings = (port: number): ReadonlyArray<string> =>
  [
    "listen_addresses=127.0.0.1",
    `port=${port}`,
    // No socket file: the address is the only way in, and default socket folders need rights.
    "unix_socket_directories=",
    // Each worker has a pool; all of them run here at once (default 100).
    "max_connections=200",
    "shared_buffers=64MB"
  ].flatMap((setting) => ["-c", setting])

/**
 * Makes the server's files once, with a random password kept beside the data for this user only.
 *
 * Files and password get their final names last: an interrupted attempt is thrown away, or finished, by the next.
 */
const initialize = Effect.fnUntraced(function* (site: PostgresSite, passwordFile: string) {
  const data = join(site.folder, "data")
  const nextPassword = `${passwordFile}.next`
  const finish = onDisk("postgres", site.folder, () => {
    if (!existsSync(passwordFile)) renameSync(nextPassword, passwordFile)
  })
  if (existsSync(data)) return yield* finish
  if (existsSync(passwordFile)) {
    const problem = `PostgreSQL's data is missing in ${site.folder}, while the other parts' data is there.`
    return yield* new StackError({ part: "postgres", problem, remedy: "Put it back, or empty all with --fresh." })
  }
  yield* report("PostgreSQL: making its files, once")
  const partial = join(site.folder, "partial")
  const handOver = join(site.folder, "password")
  yield* onDisk("postgres", site.folder, () => {
    rmSync(partial, { recursive: true, force: true })
    const password = randomText(18)
    for (const file of [nextPassword, handOver]) writeFileSync(file, password, { mode: 0o600 })
    if (site.user !== undefined) chownSync(handOver, site.user.uid, site.user.gid)
  })
  const args = ["-D", partial, "-U", owner, "--pwfile", handOver, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C"]
  const { code, lines } = yield* runCommand(join(site.programs, "initdb"), args, {
    cwd: site.folder,
    env: { LC_ALL: "C" },
    ...(site.user === undefined ? {} : { user: site.user })
  })
  yield* onDisk("postgres", site.folder, () => rmSync(handOver, { force: true }))
  if (code !== 0) {
    const problem = `initdb in ${site.folder} ended with code ${code}: ${lines.slice(-2).join(" | ")}.`
    return yield* new StackError({ part: "postgres", problem, remedy: "Check the disk and the folder's rights." })
  }
  yield* onDisk("postgres", site.folder, () => renameSync(partial, data))
  yield* finish
})

const checkVersion = Effect.fnUntraced(function* (site: PostgresSite, program: PostgresProgram) {
  const file = join(site.folder, "data", "PG_VERSION")
  const made = yield* onDisk("postgres", site.folder, () => readFileSync(file, "utf8").trim())
  if (made === program.major) return
  return yield* new StackError({
    part: "postgres",
    problem: `The data in ${site.folder} was made by PostgreSQL ${made}; found here is ${program.version}.`,
    remedy: `Install PostgreSQL ${made} again, or empty the data with --fresh.`
  })
})

/** Starts a PostgreSQL server of our own as a process. Returns its database's URL, its process id and data folder. */
export const startPostgres = Effect.fnUntraced(function* (stack: StackSite) {
  const program = yield* findPostgres()
  const site = yield* preparePostgresSite(stack.dataFolder, program)
  const passwordFile = join(stack.dataFolder, "postgres.password")
  yield* initialize(site, passwordFile)
  yield* checkVersion(site, program)
  const password = yield* onDisk("postgres", stack.dataFolder, () => readFileSync(passwordFile, "utf8").trim())
  const server = `postgresql://${owner}:${password}@127.0.0.1:${stack.ports.postgres}`
  const pid = yield* startServer(stack.guard, {
    part: "postgres",
    title: `PostgreSQL ${program.version}`,
    address: `127.0.0.1:${stack.ports.postgres}`,
    dataFolder: site.folder,
    probe: probePostgres(`${server}/postgres`),
    spec: {
      name: "postgres",
      command: join(site.programs, "postgres"),
      args: ["-D", join(site.folder, "data"), ...settings(stack.ports.postgres)],
      cwd: site.folder,
      env: { ...serverEnvironment(), LC_ALL: "C" },
      logFile: join(stack.dataFolder, "postgres.log"),
      // SIGINT is the server's fast shutdown: it ends sessions, while SIGTERM would wait for them.
      stopSignal: "SIGINT",
      graceMs: 10_000,
      stopOrder: 1,
      ...(site.user === undefined ? {} : { user: site.user })
    }
  })
  yield* ensureDatabase(`${server}/postgres`, database).pipe(
    Effect.mapError(
      ({ reason }) =>
        new StackError({
          part: "postgres",
          problem: `The database ${database}: ${reason}.`,
          remedy: "See postgres.log."
        })
    )
  )
  return { url: `${server}/${database}`, pid, folder: site.folder }
})
