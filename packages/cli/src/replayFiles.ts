// Foreign boundary: the files a replay reads and writes.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { Effect } from "effect"
import { CommandFailed } from "./CommandFailed.ts"

/** A replay can't be made of what it is given: exit code 2. */
export const wrongInput = (reason: string): CommandFailed => new CommandFailed({ exitCode: 2, reason })

const on = <A>(file: string, what: "read" | "written", action: () => A): Effect.Effect<A, CommandFailed> =>
  Effect.try({
    try: action,
    catch: (cause) => wrongInput(`${file} can't be ${what}: ${cause instanceof Error ? cause.message : String(cause)}`)
  })

export const readNamed = (file: string) =>
  Effect.map(
    on(file, "read", () => readFileSync(file, "utf8")),
    (text) => ({ file, text })
  )

/** Writes a file, and makes its folder. */
export const writeText = (file: string, text: string): Effect.Effect<void, CommandFailed> =>
  on(file, "written", () => {
    mkdirSync(dirname(resolve(file)), { recursive: true })
    writeFileSync(file, text)
  })

/** Writes files by name into a folder. */
export const writeFolder = (folder: string, files: Readonly<Record<string, string>>) =>
  Effect.forEach(Object.entries(files), ([name, text]) => writeText(join(folder, name), text), { discard: true })
