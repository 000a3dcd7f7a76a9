// node infra/completeLock.mjs: adds to package-lock.json the other platforms' packages that the registry in use lacked.
//
// npm leaves out an optional package that its registry does not have, and then `npm ci` refuses the lock file: "Missing:
// … from lock file". Run after each `npm install` on such a registry; it changes nothing when nothing is missing.
import { readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const file = process.argv[2] ?? join(dirname(dirname(fileURLToPath(import.meta.url))), "package-lock.json")
const systems = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"]
const processors = ["arm", "arm64", "ia32", "ppc64", "riscv64", "s390x", "wasm32", "x64"]

/** The entry of a package that is named after its platform, without the checksum that the registry would tell. */
const entryOf = (name, range, owner) => {
  const words = name.split(/[/-]/u)
  const os = systems.find((system) => words.includes(system))
  const cpu = processors.find((processor) => words.includes(processor))
  if (os === undefined || cpu === undefined) return undefined
  const libc = words.includes("musl") ? { libc: ["musl"] } : {}
  const dev = owner.dev === true ? { dev: true } : {}
  return {
    version: range.replace(/^[\^~]/u, ""),
    cpu: [cpu],
    ...dev,
    ...libc,
    license: owner.license,
    optional: true,
    os: [os]
  }
}

const lock = JSON.parse(readFileSync(file, "utf8"))
const added = []
for (const [path, owner] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(owner.optionalDependencies ?? {})) {
    const places = [`${path}/node_modules/${name}`, `node_modules/${name}`]
    const entry = places.some((place) => place in lock.packages) ? undefined : entryOf(name, range, owner)
    if (entry === undefined) continue
    lock.packages[`node_modules/${name}`] = entry
    added.push(name)
  }
}
if (added.length > 0) {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([left], [right]) => (left < right ? -1 : 1)))
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
}
console.log(added.length === 0 ? "Nothing is missing." : `Added ${added.length}: ${added.join(", ")}`)
