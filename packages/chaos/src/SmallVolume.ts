// Foreign boundary: mounts, and files that fill a volume.
import { execFileSync } from "node:child_process"
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"
import { Effect, type Scope } from "effect"

/** A volume of its own size, to be filled: a tmpfs. */
export interface SmallVolume {
  readonly folder: string
  /** Writes until no space is left. */
  readonly fill: Effect.Effect<void>
  readonly free: Effect.Effect<void>
}

const megabyte = 1_048_576
const ballast = "ballast"

const fillUp = (file: string): void => {
  const handle = openSync(file, "a")
  for (const size of [megabyte, 4_096]) {
    const block = Buffer.alloc(size)
    try {
      while (true) writeSync(handle, block)
    } catch {
      // No space left: what was wanted.
    }
  }
  closeSync(handle)
}

const mounted = (folder: string, megabytes: number): boolean => {
  mkdirSync(folder, { recursive: true })
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

/** Unmounts what an earlier run, ended by force, has left at this folder. */
export const unmountLeftover = (folder: string): Effect.Effect<void> =>
  Effect.sync(() => {
    try {
      execFileSync("umount", [folder], { stdio: "ignore" })
    } catch {
      // Nothing is mounted there.
    }
  })

/** Mounts a tmpfs of so many megabytes until the scope closes. Returns undefined where we may not mount. */
export const smallVolume = (
  folder: string,
  megabytes: number
): Effect.Effect<SmallVolume | undefined, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => mounted(folder, megabytes)),
    (was) => (was ? unmountLeftover(folder) : Effect.void)
  ).pipe(
    Effect.map((was) =>
      was
        ? {
            folder,
            fill: Effect.sync(() => fillUp(join(folder, ballast))),
            free: Effect.sync(() => rmSync(join(folder, ballast), { force: true }))
          }
        : undefined
    )
  )
