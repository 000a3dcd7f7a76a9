import { hash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { Effect } from "effect"
import type { Java } from "./Java.ts"
import { onDisk } from "./onDisk.ts"
import type { StackError, StackPart } from "./StackError.ts"

/** Java's options for its archive of loaded classes, which halves the start. */
export interface SharedArchive {
  readonly options: ReadonlyArray<string>
  /** Set in the run that writes the archive; the guard gives it its name only after a clean end. */
  readonly keepAtCleanEnd: { readonly from: string; readonly to: string } | undefined
}

/**
 * Uses the archive of an earlier run, or has this run write it at its end (some 2 s more, once).
 *
 * An archive fits one Java runtime and one class path: both are in its name.
 */
export const sharedArchive = (
  part: StackPart,
  cacheFolder: string,
  java: Java,
  classPath: string
): Effect.Effect<SharedArchive, StackError> =>
  onDisk(part, cacheFolder, () => {
    const folder = join(cacheFolder, "class-archives")
    mkdirSync(folder, { recursive: true })
    const name = `${part}-${hash("sha256", `${java.version}\n${classPath}`).slice(0, 16)}`
    const archive = join(folder, `${name}.jsa`)
    if (existsSync(archive)) {
      return {
        options: [`-XX:SharedArchiveFile=${archive}`, "-Xshare:auto", "-Xlog:disable", "-Xlog:all=error"],
        keepAtCleanEnd: undefined
      }
    }
    const partial = join(folder, `${name}.${process.pid}.partial`)
    for (const old of readdirSync(folder).filter((file) => file.startsWith(name)))
      rmSync(join(folder, old), { force: true })
    return {
      options: [`-XX:ArchiveClassesAtExit=${partial}`, "-Xlog:disable"],
      keepAtCleanEnd: { from: partial, to: archive }
    }
  })
