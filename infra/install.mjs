import { createHash } from "node:crypto"
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { takeLock } from "./fileLock.mjs"
import { runNpm } from "./npm.mjs"

const readOr = (file, fallback) => (existsSync(file) ? readFileSync(file, "utf8") : fallback)

/** Whether npm's own record of what it installed (by hand, say) has all that the lock file asks for. */
const installedByHand = (root, lockText) => {
  const record = readOr(join(root, "node_modules", ".package-lock.json"), undefined)
  if (record === undefined) return false
  const have = JSON.parse(record).packages
  return Object.entries(JSON.parse(lockText).packages).every(([path, wanted]) => {
    if (path === "" || !path.includes("node_modules/")) return true
    const found = have[path]
    if (found === undefined) return wanted.optional === true || wanted.peer === true
    return wanted.link === true || found.version === wanted.version
  })
}

/**
 * Installs the dependencies by the lock file when they are missing or of another lock file; otherwise only compares a hash.
 *
 * The mark is removed before and written after: an interrupted install is repeated.
 */
export const installDependencies = async (root) => {
  const mark = join(root, "node_modules", ".millrace-lock")
  const lockText = readFileSync(join(root, "package-lock.json"), "utf8")
  const wanted = createHash("sha256").update(lockText).digest("hex")
  const current = () => readOr(mark, "") === wanted
  if (current()) return
  const release = await takeLock(join(root, ".millrace", "install.lock"), (owner) =>
    console.error(`Dependencies: process ${owner} is installing them, waiting`)
  )
  try {
    if (current()) return
    if (!installedByHand(root, lockText)) {
      rmSync(mark, { force: true })
      const count = Object.keys(JSON.parse(lockText).packages).length
      console.error(`Dependencies: installing about ${count} packages by package-lock.json, once`)
      await runNpm(["ci"], root, "Dependencies")
    }
    writeFileSync(mark, wanted)
  } finally {
    release()
  }
}
