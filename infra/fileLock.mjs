import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
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

/** A lock whose owner has ended is moved away first: of several who try, one succeeds; a newer one is put back. */
const removeStale = (folder) => {
  const away = `${folder}.${process.pid}`
  try {
    renameSync(folder, away)
    const owner = ownerOf(away)
    if (owner !== undefined && alive(owner)) renameSync(away, folder)
    else rmSync(away, { recursive: true, force: true })
  } catch {
    // Another one was faster.
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
      return () => rmSync(folder, { recursive: true, force: true })
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
