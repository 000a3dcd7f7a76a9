/** The tree shows the architecture: plain names, two levels, short files. */
import { assert, describe, it } from "@effect/vitest"
import { allPaths, codeOf, filesMatching, none, packages, read } from "./sourceTree.ts"

const names = packages.map((row) => row.name)
const shelves = /(^|\/)(utils?|helpers?|common|shared|lib|misc)(\.[a-z.]+)?(\/|$)/iu

describe("packages/README.md", () => {
  it("lists every package, and no other", () => {
    const found = allPaths.flatMap((path) => /^packages\/([^/]+)\/package\.json$/u.exec(path)?.[1] ?? [])
    assert.deepStrictEqual([...names].sort(), found.sort())
  })

  it("is one line for each", () => {
    assert.strictEqual(new Set(names).size, names.length)
  })
})

describe.each(names)("packages/%s", (name) => {
  const own = (pattern: string) => filesMatching(new RegExp(`^packages/${name}/${pattern}`, "u"))

  it("has a README of at most 60 lines", () => {
    const [readme] = own("README\\.md$")
    assert.isDefined(readme)
    assert.isAtMost(readme!.lines, 60)
  })

  it("has an index that only re-exports", () => {
    const [index] = own("src/index\\.ts$")
    const rest = codeOf(index!).replace(
      /^export (type )?(\*( as \w+)?|\{[^}]*\}) from "\.\/[^"]+\.tsx?"$|^export \{\}$/gmu,
      ""
    )
    assert.strictEqual(rest.trim(), "")
  })

  it("has its sources in one folder", () => {
    assert.deepStrictEqual(
      own("src/.+/").map((file) => file.path),
      none
    )
  })

  it("is named after its folder", () => {
    assert.strictEqual(JSON.parse(read(`packages/${name}/package.json`).text).name, `@millrace/${name}`)
  })
})

it("no file or folder is a shelf for whatever has no home", () => {
  assert.deepStrictEqual(
    allPaths.filter((path) => shelves.test(path)),
    none
  )
})

it("no source is longer than 300 lines, and few are longer than 250", () => {
  const sources = filesMatching(/^packages\/[^/]+\/src\/.*\.ts$/u)
  const tooLong = sources.filter((file) => file.lines > 300)
  assert.deepStrictEqual(
    tooLong.map((file) => `${file.path}: ${file.lines} lines`),
    none
  )
  const long = sources.filter((file) => file.lines > 250).map((file) => `${file.path}: ${file.lines} lines`)
  assert.isAtMost(long.length, sources.length / 20, long.join("\n"))
})

it("no test is longer than 400 lines", () => {
  const tooLong = filesMatching(/^(packages\/[^/]+\/test|tests|benchmarks|examples)\/.*\.ts$/u).filter(
    (file) => file.lines > 400
  )
  assert.deepStrictEqual(
    tooLong.map((file) => `${file.path}: ${file.lines} lines`),
    none
  )
})

it("no line of code is a TODO without an issue", () => {
  const faults = filesMatching(/\.(ts|mjs|yaml|yml|sh)$/u).flatMap((file) =>
    file.text
      .split("\n")
      .flatMap((line, n) =>
        /\b(TODO|FIXME|XXX)\b(?!.*#\d)/u.test(line) && !isRule(file.path) ? [`${file.path}:${n + 1}`] : []
      )
  )
  assert.deepStrictEqual(faults, none)
})

const isRule = (path: string): boolean => path.startsWith("tests/repository/")
