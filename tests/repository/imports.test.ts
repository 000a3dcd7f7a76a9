/** A package imports only packages listed above it; workers meet in topics and never import each other. */
import { isBuiltin } from "node:module"
import { assert, describe, it } from "@effect/vitest"
import { filesMatching, importsOf, none, type PackageRow, packages, read, type SourceFile } from "./sourceTree.ts"

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
}

const rank = new Map(packages.map((row, n) => [row.name, n]))
const layerOf = new Map(packages.map((row) => [row.name, row.layer]))

const mayImport = (importer: PackageRow, imported: string): boolean => {
  const other = rank.get(imported)
  if (other === undefined) return false
  if (importer.layer === "worker" && layerOf.get(imported) === "worker") return imported === importer.name
  return other <= rank.get(importer.name)!
}

/** Package part of a module: `effect/Effect` belongs to `effect`, `@a/b/c` to `@a/b`. */
const packageOf = (module: string): string =>
  module
    .split("/")
    .slice(0, module.startsWith("@") ? 2 : 1)
    .join("/")

const foreignModules = (file: SourceFile): ReadonlyArray<string> =>
  importsOf(file).filter((module) => !module.startsWith(".") && !isBuiltin(module))

describe.each(packages.map((row) => [row.name, row] as const))("packages/%s", (name, row) => {
  const sources = filesMatching(new RegExp(`^packages/${name}/src/.*\\.ts$`, "u"))
  const manifest = JSON.parse(read(`packages/${name}/package.json`).text) as Manifest
  const declared = Object.keys(manifest.dependencies ?? {})

  it("imports only packages listed before it", () => {
    const faults = sources.flatMap((file) =>
      foreignModules(file)
        .filter((module) => module.startsWith("@millrace/"))
        .filter((module) => !mayImport(row, packageOf(module).slice("@millrace/".length)))
        .map((module) => `${file.path} imports ${module}`)
    )
    assert.deepStrictEqual(faults, none)
  })

  it("depends only on packages listed before it", () => {
    const ours = declared.filter((dependency) => dependency.startsWith("@millrace/"))
    assert.deepStrictEqual(
      ours.filter((dependency) => !mayImport(row, dependency.slice("@millrace/".length))),
      none
    )
  })

  it("declares what it imports", () => {
    const used = new Set(sources.flatMap(foreignModules).map(packageOf))
    assert.deepStrictEqual(
      [...used].filter((module) => !declared.includes(module)),
      none
    )
  })

  it("reaches into no other package by path", () => {
    const faults = sources.flatMap((file) =>
      importsOf(file)
        .filter((module) => module.startsWith("../"))
        .map((module) => `${file.path} imports ${module}`)
    )
    assert.deepStrictEqual(faults, none)
  })

  it("imports the parts of the platform, not its barrel", () => {
    const faults = sources.filter((file) => importsOf(file).includes("@effect/platform-node"))
    assert.deepStrictEqual(
      faults.map((file) => file.path),
      none
    )
  })
})

it("the lock file knows every dependency, so that a fresh clone installs", () => {
  const lock = JSON.parse(read("package-lock.json").text) as { readonly packages: Readonly<Record<string, Manifest>> }
  const faults = packages.flatMap(({ name }) => {
    const manifest = JSON.parse(read(`packages/${name}/package.json`).text) as Manifest
    const locked = lock.packages[`packages/${name}`]?.dependencies ?? {}
    return Object.entries(manifest.dependencies ?? {})
      .filter(([dependency, version]) => locked[dependency] !== version)
      .map(([dependency, version]) => `packages/${name} wants ${dependency} ${version}: run npm install`)
  })
  assert.deepStrictEqual(faults, none)
})

it("the adapter and the simulator of the exchange share nothing but schemas", () => {
  const shared = filesMatching(/^packages\/(exchange|simulators)\/src\/.*\.ts$/u).flatMap((file) =>
    foreignModules(file).filter((module) => module === "@millrace/exchange" || module === "@millrace/simulators")
  )
  assert.deepStrictEqual(shared, none)
})
