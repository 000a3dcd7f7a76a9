import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

const alive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === "EPERM"
  }
}

const ownerOf = (folder) => {
  try {
    return Number(readFileSync(join(folder, "pid"), "utf8"))
  } catch {
    return undefined
  }
}

/** Removes a lock in one step: emptied piece by piece, another process could take it meanwhile and lose it again. */
const remove = (folder) => {
  const away = `${folder}.${process.pid}`
  renameSync(folder, away)
  rmSync(away, { recursive: true, force: true })
}

/** How long looking at an abandoned lock takes at most; who takes longer has ended. */
const lookMs = 10_000

/** Removes a lock whose owner has ended. One process at a time looks and removes, so that none takes a newer lock for the old one. */
const removeStale = (folder) => {
  const guard = `${folder}.stale`
  try {
    mkdirSync(guard)
  } catch {
    if (Date.now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > lookMs)
      rmSync(guard, { recursive: true, force: true })
    return
  }
  try {
    const owner = ownerOf(folder)
    if (owner === undefined || !alive(owner)) remove(folder)
  } catch {
    // Its owner has given it back meanwhile.
  } finally {
    rmSync(guard, { recursive: true, force: true })
  }
}

/**
 * Takes a lock between processes, waiting while another living process has it; `tell` is called once before the wait.
 * Returns the function that gives it back.
 */
export const takeLock = async (folder, tell) => {
  mkdirSync(dirname(folder), { recursive: true })
  const mine = `${folder}.next.${process.pid}`
  let told = false
  let unknownOwner = 0
  for (;;) {
    try {
      // A folder that already names its owner gets its place in one step; that fails while a lock is there.
      mkdirSync(mine, { recursive: true })
      writeFileSync(join(mine, "pid"), String(process.pid))
      renameSync(mine, folder)
      return () => remove(folder)
    } catch (error) {
      if (!["ENOTEMPTY", "EEXIST", "EPERM"].includes(error.code)) throw error
    }
    const owner = ownerOf(folder)
    unknownOwner = owner === undefined ? unknownOwner + 1 : 0
    if (unknownOwner > 10 || (owner !== undefined && !alive(owner))) removeStale(folder)
    else if (!told) tell(owner)
    told = true
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
