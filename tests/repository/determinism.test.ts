/** Workers get time, randomness and ids only from Effect, so that one seed gives one history. */
import { assert, describe, it } from "@effect/vitest"
import { codeOf, filesMatching, isForeignBoundary, none, packages, type SourceFile } from "./sourceTree.ts"

/** What runs in production; the suites of `testkit` are tests and may wait for a real broker. */
const inside = packages
  .filter((row) => row.layer !== "tests")
  .flatMap((row) => filesMatching(new RegExp(`^packages/${row.name}/src/.*\\.ts$`, "u")))
  .filter((file) => !isForeignBoundary(file))

const uses = (pattern: RegExp) => (file: SourceFile) => [
  ...new Set([...codeOf(file).matchAll(pattern)].map((match) => `${file.path}: ${match[0].trim()}`))
]

const rules = [
  ["asks the machine's clock", /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bprocess\.hrtime\b/gu],
  ["sets a timer", /\bset(Timeout|Interval|Immediate)\(/gu],
  ["draws random numbers", /\bMath\.random\(|\brandom(UUID|Bytes|Int)\(/gu],
  ["prints", /\bconsole\.(log|error|warn|info|debug)\(/gu],
  ["catches or throws exceptions", /^\s*(try \{|throw )|\}\s*catch\b/gmu],
  ["is an async function", /\basync (function|\()|\bawait \w/gu]
] as const

describe("no file inside, that is without the mark `// Foreign boundary: <why>`,", () => {
  it.each(rules)("%s", (_, pattern) => {
    assert.deepStrictEqual(inside.flatMap(uses(pattern)), none)
  })
})

it("the marks say why", () => {
  const marks = filesMatching(/^packages\/[^/]+\/src\/.*\.ts$/u).flatMap((file) =>
    [...file.text.matchAll(/^\/\/ Foreign boundary(.*)$/gmu)].map(([, why]) => [file.path, why!] as const)
  )
  assert.deepStrictEqual(
    marks.filter(([, why]) => !/^: \S.{7,}/u.test(why)).map(([path]) => path),
    none
  )
})

describe("the rules themselves", () => {
  const file = (text: string): SourceFile => ({ path: "it.ts", text, lines: 1 })

  it("see a clock in code, and none in a comment", () => {
    const [, clock] = rules[0]
    assert.strictEqual(uses(clock)(file("const now = Date.now()")).length, 1)
    assert.strictEqual(uses(clock)(file("/** Never Date.now(). */\n// nor new Date()\n")).length, 0)
  })

  it("take a mark only from the first comment line, with a reason", () => {
    assert.isTrue(isForeignBoundary(file("// Foreign boundary: sockets\nimport x")))
    assert.isFalse(isForeignBoundary(file("// Foreign boundary:\nimport x")))
    assert.isFalse(isForeignBoundary(file("// Something\n// Foreign boundary: sockets\n")))
  })
})
