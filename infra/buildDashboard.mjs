// Builds the page in the browser into packages/dashboard/dist, when its sources are others than those of the last build.
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { takeLock } from "./fileLock.mjs"
import { runQuietly } from "./runProgram.mjs"

const folderOf = (root) => join(root, "packages", "dashboard")

/** All that the page is made of: its own sources, those of our packages that it uses, and the versions of all others. */
const sources = (root) => [
  ...["src", "public"].map((name) => join(folderOf(root), name)),
  ...["api", "contracts", "page-parts"].map((name) => join(root, "packages", name, "src"))
]

const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))

/** Returns what changes when anything that the page is made of changes. */
export const digestOfDashboard = (root) => {
  const own = ["index.html", "vite.config.ts", "package.json"].map((name) => join(folderOf(root), name))
  const files = [...sources(root).flatMap(filesOf), ...own, join(root, "package-lock.json")].sort()
  const hash = createHash("sha256")
  for (const file of files) hash.update(file.slice(root.length)).update("\0").update(readFileSync(file)).update("\0")
  return hash.digest("hex")
}

const read = (file) => (existsSync(file) ? readFileSync(file, "utf8") : "")

/**
 * Builds the page unless it is built of the same sources. Returns whether there is a page of these sources.
 *
 * It is built beside the old one and put in its place whole. A failed build leaves the old one and says so: no pipeline
 * waits for its page.
 */
export const buildDashboard = async (root, node) => {
  const folder = folderOf(root)
  const built = join(folder, "dist")
  const mark = join(built, ".sources")
  const wanted = digestOfDashboard(root)
  if (read(mark) === wanted) return true
  const release = await takeLock(join(root, ".millrace", "dashboard.lock"), (owner) =>
    console.error(`Dashboard: process ${owner} is building it, waiting`)
  )
  try {
    if (read(mark) === wanted) return true
    console.error("Dashboard: building the page, as its sources changed")
    const next = join(folder, "dist-next")
    const vite = join(root, "node_modules", "vite", "bin", "vite.js")
    const args = ["build", folder, "--outDir", next, "--emptyOutDir", "--logLevel", "warn"]
    const { code, output } = await runQuietly(node, root, vite, args)
    if (code !== 0) {
      console.error(`Dashboard: it can't be built, what runs goes on without its changes:\n${output.trim()}`)
      return false
    }
    writeFileSync(join(next, ".sources"), wanted)
    rmSync(built, { recursive: true, force: true })
    renameSync(next, built)
    return true
  } finally {
    release()
  }
}
