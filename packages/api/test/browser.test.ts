// Foreign boundary: reads the sources that a browser would load.
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, it } from "@effect/vitest"

const source = join(import.meta.dirname, "../src/index.ts")
const ours: Readonly<Record<string, string>> = {
  "@millrace/contracts/schemas": join(import.meta.dirname, "../../contracts/src/schemas.ts")
}

const importsOf = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/^(?:import|export)\s(?!type\b)(?:[^"]*?\sfrom\s)?"([^"]+)"/gmu)].map(([, name]) => name!)

/**
 * @guarantee contracts: The API's definition and its client load in a browser: they import schemas and Effect only
 * @how the imports of its sources, followed to their ends
 */
it("nothing that a browser can't load is imported, however indirectly", () => {
  const seen = new Set<string>()
  const foreign = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    for (const name of importsOf(readFileSync(file, "utf8"))) {
      if (name.startsWith(".")) visit(join(dirname(file), name))
      else if (ours[name] !== undefined) visit(ours[name])
      else foreign.add(name)
    }
  }
  visit(source)
  assert.isAbove(seen.size, 15)
  assert.deepStrictEqual([...foreign].sort(), ["effect", "effect/http", "effect/http-api"])
})
