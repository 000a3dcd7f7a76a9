import { hash } from "node:crypto"
import { chownSync, cpSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { onDisk } from "./onDisk.ts"
import type { PostgresProgram } from "./PostgresProgram.ts"
import { report } from "./Progress.ts"
import { runCommand } from "./runCommand.ts"
import { StackError } from "./StackError.ts"

/** Where PostgreSQL runs and as whom. */
export interface PostgresSite {
  readonly folder: string
  readonly programs: string
  /** Set when we are root: PostgreSQL refuses to run as root. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined
}

const isRoot = (): boolean => process.getuid?.() === 0

/** Returns the ids of the first of these users in a file of the form of /etc/passwd. */
export const userIn = (passwd: string, names: ReadonlyArray<string>): { uid: number; gid: number } | undefined => {
  const rows = passwd.split("\n").map((line) => line.split(":"))
  for (const name of names) {
    const row = rows.find((fields) => fields[0] === name)
    if (row?.[2] !== undefined && row[3] !== undefined) return { uid: Number(row[2]), gid: Number(row[3]) }
  }
  return undefined
}

/** The folder used instead when the unprivileged user can't enter the data folder, as below a closed home folder. */
export const openFolderFor = (dataFolder: string): string =>
  join("/var/lib/millrace", hash("sha256", dataFolder).slice(0, 16))

const canEnter = (folder: string, user: { uid: number; gid: number }) =>
  runCommand("/bin/sh", ["-c", 'cd "$0" && test -w .', folder], { cwd: "/", user }).pipe(
    Effect.map(({ code }) => code === 0)
  )

const openFolder = (folder: string): void => {
  mkdirSync(folder, { recursive: true, mode: 0o711 })
}

const ownFolder = (folder: string, user: { uid: number; gid: number }): void => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chownSync(folder, user.uid, user.gid)
}

/** Returns programs that the user can run: copies them out of a closed folder when they came with our dependencies. */
const reachablePrograms = Effect.fnUntraced(function* (
  program: PostgresProgram,
  user: { uid: number; gid: number },
  open: string
) {
  const asked = yield* runCommand(join(program.folder, "postgres"), ["--version"], { cwd: "/", user })
  if (asked.code === 0 || program.embedded === undefined) return program.folder
  const copy = join(open, `postgres-programs-${program.version}`)
  yield* onDisk("postgres", open, () => {
    openFolder(open)
    cpSync(program.embedded as string, copy, { recursive: true, verbatimSymlinks: true })
  })
  return join(copy, "bin")
})

/**
 * Prepares the folder that PostgreSQL runs in. As root that is one owned by the user `postgres` or `nobody`, below the
 * data folder where that user can enter it, else below /var/lib/millrace, which is said in a line.
 */
export const preparePostgresSite = Effect.fnUntraced(function* (dataFolder: string, program: PostgresProgram) {
  const folder = join(dataFolder, "postgres")
  if (!isRoot()) {
    yield* onDisk("postgres", folder, () => mkdirSync(folder, { recursive: true, mode: 0o700 }))
    return { folder, programs: program.folder, user: undefined } satisfies PostgresSite
  }
  const user = yield* onDisk("postgres", "/etc/passwd", () =>
    userIn(readFileSync("/etc/passwd", "utf8"), ["postgres", "nobody"])
  )
  if (user === undefined) {
    const problem = "PostgreSQL does not run as root, and there is no user postgres or nobody."
    return yield* new StackError({ part: "postgres", problem, remedy: "Start as another user, or set DATABASE_URL." })
  }
  const open = openFolderFor(dataFolder)
  const programs = yield* reachablePrograms(program, user, open)
  yield* onDisk("postgres", folder, () => ownFolder(folder, user))
  if (yield* canEnter(folder, user)) return { folder, programs, user } satisfies PostgresSite
  const elsewhere = join(open, "postgres")
  yield* onDisk("postgres", open, () => {
    openFolder(open)
    ownFolder(elsewhere, user)
  })
  yield* report(`PostgreSQL: its user can't enter ${folder}; its data lies in ${elsewhere}`)
  return { folder: elsewhere, programs, user } satisfies PostgresSite
})
