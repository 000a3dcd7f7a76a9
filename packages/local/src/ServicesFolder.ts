import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { lockFolder } from "./FolderLock.ts"
import { endLeftovers } from "./leftovers.ts"
import { onDisk } from "./onDisk.ts"
import { readRun, servicesFolderOf } from "./RunRecord.ts"
import { StackError } from "./StackError.ts"

/** The second start on one data folder ends with this. */
const inUse = Effect.fnUntraced(function* (dataFolder: string) {
  const run = yield* readRun(dataFolder)
  const who = run === undefined ? "" : ` (process ${run.owner.pid})`
  return yield* new StackError({
    part: "stack",
    problem: `The data folder ${dataFolder} is in use by another start${who}.`,
    remedy:
      run?.mode === "background"
        ? "`millrace up` has it: end it with `millrace down`, or name another folder with --data."
        : "Stop that one first, or name another folder with --data."
  })
})

/**
 * Takes the services' folder of a data folder for this process until the scope closes, and ends what a killed start left
 * running there.
 *
 * Fails with StackError when another start has it.
 */
export const takeServicesFolder = Effect.fnUntraced(function* (dataFolder: string, fresh: boolean) {
  const folder = servicesFolderOf(dataFolder)
  if (!(yield* lockFolder("stack", folder))) return yield* inUse(dataFolder)
  yield* onDisk("stack", folder, () => {
    // Ids of an emptied registry would name other schemas.
    if (fresh) rmSync(join(folder, "schema-ids"), { recursive: true, force: true })
    for (const part of ["run", "logs", "schema-ids"]) mkdirSync(join(folder, part), { recursive: true })
  })
  yield* endLeftovers(folder)
  return folder
})
