// Foreign boundary: SQLite's file lock, which the system frees when its owner ends, however it ends.
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect, type Scope } from "effect"
import { onDisk } from "./onDisk.ts"
import type { StackError, StackPart } from "./StackError.ts"

const tryLock = (file: string): DatabaseSync | undefined => {
  const database = new DatabaseSync(file)
  try {
    database.exec("BEGIN EXCLUSIVE")
    return database
  } catch (error) {
    database.close()
    if (error instanceof Error && "errcode" in error && error.errcode === 5) return undefined
    throw error
  }
}

/**
 * Takes the folder for this process until the scope closes. Returns false when another process has it.
 *
 * The lock ends with its owner: kill -9 leaves nothing stale.
 */
export const lockFolder = (part: StackPart, folder: string): Effect.Effect<boolean, StackError, Scope.Scope> =>
  Effect.acquireRelease(
    onDisk(part, folder, () => {
      mkdirSync(folder, { recursive: true })
      return tryLock(join(folder, "lock.sqlite"))
    }),
    (database) => Effect.sync(() => database?.close())
  ).pipe(Effect.map((database) => database !== undefined))
