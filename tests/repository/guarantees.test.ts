/** docs/guarantees.md is what the tests declare, and each of its rows has a test that some command runs. */
import { assert, describe, it } from "@effect/vitest"
import config from "../../vitest.config.ts"
import { commandOf, readGuarantees, testNameAt } from "./guarantees.ts"
import { guaranteesTables } from "./guaranteesPage.ts"
import { none, read, type SourceFile } from "./sourceTree.ts"

it("every guarantee is declared whole, in a place where a test runs", () => {
  const { rows, faults } = readGuarantees()
  assert.deepStrictEqual(faults, none)
  assert.isAbove(rows.length, 50)
})

it("docs/guarantees.md is what the tests declare: run node tests/repository/writeGuarantees.ts when not", () => {
  const page = read("docs/guarantees.md").text
  const shown = page.slice(page.indexOf("<!-- from the tests -->") + 23, page.indexOf("<!-- end -->"))
  assert.strictEqual(shown.trim(), guaranteesTables())
})

it("the commands that run a test file are those of vitest.config.ts", () => {
  const patterns = config.test?.projects?.flatMap((project) =>
    typeof project === "object" && "test" in project ? (project.test?.include ?? []) : []
  )
  const samples = patterns?.map((pattern) => pattern.replace("**/*", "any/Thing").replace("*", "any")) ?? []
  assert.isAtLeast(samples.length, 4)
  assert.deepStrictEqual(
    samples.filter((path) => commandOf(path) === undefined),
    none
  )
})

const file = (path: string, text: string): SourceFile => ({ path, text, lines: text.split("\n").length })

describe("a declaration", () => {
  it("finds the name of the test or group behind it", () => {
    assert.strictEqual(testNameAt('\nit("a", () => {})'), "a")
    assert.strictEqual(testNameAt('\n  it.effect.prop(\n    "says \\"b\\"",'), 'says "b"')
    assert.strictEqual(testNameAt('\ndescribe.each(all.map((one) => [one.name, one] as const))("%s", '), "%s")
    assert.strictEqual(testNameAt('\n// why\nit.skipIf(!existsSync(path))(\n  "c",'), "c")
    assert.strictEqual(testNameAt('\nlayer(stores, { excludeTestServices: true })("d", (it) => {'), "d")
    assert.isUndefined(testNameAt('\nimport { it } from "vitest"'))
    assert.isUndefined(testNameAt('\nconst name = make("e")'))
  })

  const explained = "@guarantee effects: once\n * @how by an index"

  it("joins a row that another test explains, by its title", () => {
    const { rows, faults } = readGuarantees([
      file("packages/a/test/A.test.ts", `/**\n * ${explained}\n */\nit("one", () => {})`),
      file("packages/a/test/B.test.ts", '/** @guarantee effects: once */\nit("two", () => {})')
    ])
    assert.deepStrictEqual(faults, none)
    assert.deepStrictEqual(
      rows[0]?.proofs.map(({ name }) => name),
      ["one", "two"]
    )
    assert.deepStrictEqual(rows[0]?.says, { how: "by an index" })
  })

  it.each([
    [
      "of no known section",
      '/** @guarantee luck: x\n * @how y */\nit("a", () => {})',
      /section "luck" is none of crash/u
    ],
    ["before no test", `it("b")\n/** ${explained} */\nconst a = 1`, /neither before a test/u],
    ["that explains nothing and joins no row", '/** @guarantee effects: x */\nit("a")', /lacks @how/u],
    [
      "that explains a row again",
      `/** ${explained} */\nit("a")\n/** ${explained} */\nit("b")`,
      /is explained here and at/u
    ],
    [
      "of a crash of nobody",
      '/** @guarantee crash: x\n * @redelivered y\n * @harmless z */\nit("a")',
      /begins with none/u
    ],
    ["with a word that is not said there", `/** ${explained}\n * @harmless z */\nit("a")`, /@harmless is not said/u],
    ["run by a script that is none", `/** ${explained}\n * @runs npm run nothing */\nit("a")`, /no such script/u]
  ])("%s is a fault", (_, text, fault) => {
    assert.match(readGuarantees([file("packages/a/test/A.test.ts", text)]).faults.join("\n"), fault)
  })

  it("in a file that no command runs is a fault", () => {
    const { faults } = readGuarantees([file("packages/a/test/bench.ts", `/** ${explained} */\nit("a")`)])
    assert.match(faults.join("\n"), /a file that no command runs/u)
  })
})
