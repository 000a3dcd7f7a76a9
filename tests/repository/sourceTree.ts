// Foreign boundary: reads the repository's files.
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"

/** A file of the repository; paths are relative to its root, with `/`. */
export interface SourceFile {
  readonly path: string
  readonly text: string
  readonly lines: number
}

export const root = join(import.meta.dirname, "../..")

/** Every file that git knows or would take, without those that are deleted. */
export const allPaths: ReadonlyArray<string> = execFileSync(
  "git",
  ["ls-files", "--cached", "--others", "--exclude-standard", "-z"],
  { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }
)
  .split("\0")
  .filter((path) => path !== "" && existsSync(join(root, path)) && statSync(join(root, path)).isFile())
  .sort()

const cache = new Map<string, SourceFile>()

export const read = (path: string): SourceFile => {
  const known = cache.get(path)
  if (known !== undefined) return known
  const text = readFileSync(join(root, path), "utf8")
  const file = { path, text, lines: text.trimEnd().split("\n").length }
  cache.set(path, file)
  return file
}

export const filesMatching = (pattern: RegExp): ReadonlyArray<SourceFile> =>
  allPaths.filter((path) => pattern.test(path)).map(read)

/** A row of the table in packages/README.md. */
export interface PackageRow {
  readonly name: string
  readonly layer: string
}

/** The packages in the order of the data. */
export const packages: ReadonlyArray<PackageRow> = [
  ...read("packages/README.md").text.matchAll(/^\| \[([a-z-]+)\]\([^)]*\) +\| ([a-z]+) +\|/gmu)
].map(([, name, layer]) => ({ name: name!, layer: layer! }))

/** Code without its comments, so that prose about a forbidden thing is not taken for its use. */
export const codeOf = (file: SourceFile): string =>
  file.text.replace(/\/\*[\s\S]*?\*\//gu, "").replace(/(^|\s)\/\/.*$/gmu, "$1")

/** Whether the file says, in its first comment line, that and why it deals with the world outside. */
export const isForeignBoundary = (file: SourceFile): boolean =>
  /^\/\/ Foreign boundary: \S/u.test(file.text.split("\n").find((line) => line.startsWith("//")) ?? "")

/** Modules that a file imports or re-exports, also on demand. */
export const importsOf = (file: SourceFile): ReadonlyArray<string> => {
  const code = codeOf(file)
  const fixed = code.matchAll(/^(?:import|export)\s(?:[^"'`]*?\sfrom\s)?"([^"\n]+)"/gmu)
  const onDemand = code.matchAll(/\bimport\(\s*"([^"\n]+)"/gu)
  return [...fixed, ...onDemand].map(([, module]) => module!)
}

/** Lists of faults read better than a first one. */
export const none: ReadonlyArray<string> = []
