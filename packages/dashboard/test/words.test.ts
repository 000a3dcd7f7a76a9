import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { parseSync } from "vite"
import { type WordKey, words } from "../src/words.ts"

/** The page's own sources and those of its parts. */
const folders = ["../src", "../../page-parts/src"].map((folder) => join(import.meta.dirname, folder))
const sources = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.tsx?$/u.test(name))
    .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }))
)
const keys = Object.keys(words) as ReadonlyArray<WordKey>
const placesOf = (text: string): ReadonlyArray<string> =>
  [...new Set([...text.matchAll(/\{(\w+)\}/gu)].map(([, name]) => name!))].sort()

/** Properties of a component whose value a person reads or hears. */
const read = new Set([
  "alt",
  "aria-description",
  "aria-label",
  "description",
  "error",
  "hint",
  "label",
  "legend",
  "note",
  "placeholder",
  "text",
  "title"
])

interface Node {
  readonly type: string
  readonly [field: string]: unknown
}
const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value

/** What a value of JSX says by itself: a text between quotes, or the fixed parts of a template. */
const fixedText = (value: unknown): string => {
  if (!isNode(value)) return ""
  if (value.type === "JSXText" || value.type === "Literal") return String(value.value)
  if (value.type === "JSXExpressionContainer") return fixedText(value.expression)
  if (value.type !== "TemplateLiteral") return ""
  return (value.quasis as ReadonlyArray<{ value: { raw: string } }>).map((part) => part.value.raw).join(" ")
}

/** Texts that stand in a component itself, where the page's language can't change them. */
const literalTexts = (name: string, text: string): ReadonlyArray<string> => {
  const { program, errors } = parseSync(name, text)
  assert.deepStrictEqual(errors, [], name)
  const found: Array<string> = []
  const look = (where: string, value: unknown) => {
    const said = fixedText(value)
    if (/\p{L}{2,}/u.test(said)) found.push(`${name}: ${where} "${said.trim()}"`)
  }
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) walk(one)
    if (!isNode(value)) return
    if (value.type === "JSXElement" || value.type === "JSXFragment")
      for (const child of value.children as ReadonlyArray<unknown>) look("a child", child)
    if (value.type === "JSXAttribute") {
      const attribute = String((value.name as Node).name)
      if (read.has(attribute)) look(attribute, value.value)
    }
    for (const part of Object.values(value)) walk(part)
  }
  walk(program)
  return found
}

describe("the page's texts", () => {
  /**
   * @guarantee operation: Every text of the dashboard is there in English and in Brazilian Portuguese
   * @how each text is one entry with both languages; a component with a text of its own fails the test
   */
  it("are there in both languages, with the same places for values", () => {
    const faults = keys.filter((key) => {
      const [english, portuguese, ...more] = words[key] as ReadonlyArray<string>
      if (english === undefined || portuguese === undefined || more.length > 0) return true
      if (english.trim() === "" || portuguese.trim() === "") return true
      if (english.split("|").length !== portuguese.split("|").length) return true
      return placesOf(english).join() !== placesOf(portuguese).join()
    })
    assert.deepStrictEqual(faults, [])
  })

  it("stand in no component: each is named by its key", () => {
    const faults = sources
      .filter(({ name }) => name.endsWith(".tsx"))
      .flatMap(({ name, text }) => literalTexts(name, text))
    assert.deepStrictEqual(faults, [])
  })

  it("are all used", () => {
    const code = sources
      .filter(({ name }) => !name.endsWith("Words.ts"))
      .map(({ text }) => text)
      .join("\n")
    assert.deepStrictEqual(
      keys.filter((key) => !code.includes(`"${key}"`) && !usedByName(key, code)),
      []
    )
  })

  it("of several files have names of their own", () => {
    const named = sources
      .filter(({ name }) => name.endsWith("Words.ts") && name !== "useWords.ts")
      .flatMap(({ text }) => [...text.matchAll(/^ {2}"([\w.]+)": \[/gmu)].map(([, key]) => key!))
    assert.deepStrictEqual(
      named.filter((key, n) => named.indexOf(key) !== n),
      []
    )
    assert.strictEqual(named.length, keys.length)
  })
})

/** Keys that are put together: `say(\`outcome.${outcome}\`)`. */
const usedByName = (key: string, code: string): boolean => {
  const dot = key.lastIndexOf(".")
  return code.includes(`\`${key.slice(0, dot)}.\${`)
}

describe("the check for texts in components", () => {
  it("finds them between tags, in properties and in templates", () => {
    const faults = [
      "<p>Hello you</p>",
      '<img alt="A picture" />',
      '<Box title={"Some title"} />',
      "<p>{`Hello ${name}`}</p>"
    ]
    for (const fault of faults) assert.strictEqual(literalTexts("It.tsx", `const a = ${fault}`).length, 1, fault)
  })

  it("lets signs, figures and names of styles pass", () => {
    const fine = ["<p>– / ●</p>", '<p className="cell number">{a}</p>', "<p>{say(key)}</p>", "<p>{`${a} / ${b}`}</p>"]
    for (const one of fine) assert.deepStrictEqual(literalTexts("It.tsx", `const a = ${one}`), [], one)
  })
})
