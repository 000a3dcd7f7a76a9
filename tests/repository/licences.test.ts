import { assert, it } from "@effect/vitest"
import { read } from "./sourceTree.ts"

/** Licences under which a dependency may be shipped beside our code: permissive ones, and MPL-2.0, which covers its own files only. */
const allowed = new Set(
  "MIT MIT-0 ISC 0BSD BSD-2-Clause BSD-2-Clause-Views BSD-3-Clause Apache-2.0 BlueOak-1.0.0 CC0-1.0 Unlicense MPL-2.0".split(
    " "
  )
)

/** Packages whose package.json names none in the common form; what their own licence file says. */
const readByHand: Readonly<Record<string, string>> = {
  buildcheck: "MIT",
  "cpu-features": "MIT",
  ssh2: "MIT",
  tv4: "MIT"
}

interface Locked {
  readonly link?: boolean
  readonly dev?: boolean
  readonly license?: unknown
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length)

const isAllowed = (expression: string): boolean => {
  const parts = expression.replaceAll(/[()]/gu, "").split(/ (AND|OR) /u)
  const names = parts.filter((part) => part !== "AND" && part !== "OR")
  return parts.includes("OR") ? names.some((name) => allowed.has(name)) : names.every((name) => allowed.has(name))
}

it("every dependency that is shipped has a licence that allows it", () => {
  const packages: Readonly<Record<string, Locked>> = JSON.parse(read("package-lock.json").text).packages
  const refused = Object.entries(packages).flatMap(([path, { dev, license, link }]) => {
    if (!path.includes("node_modules/") || link === true || dev === true) return []
    const found = readByHand[nameOf(path)] ?? license
    return typeof found === "string" && isAllowed(found) ? [] : [`${nameOf(path)}: ${JSON.stringify(found)}`]
  })
  assert.deepStrictEqual(refused, [])
})
