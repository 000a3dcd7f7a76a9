/** docs/alerts.md tells of every alert what it means and what to do. */
import { assert, it } from "@effect/vitest"
import { defaultRules } from "../../packages/operator-alerts/src/defaultRules.ts"
import { none, read } from "./sourceTree.ts"

const page = read("docs/alerts.md").text

it("docs/alerts.md has a section for every built-in rule, with what to do, and no other", () => {
  const sections = page.slice(page.indexOf("\n## Each alert")).split("\n### ").slice(1)
  assert.deepStrictEqual(
    sections.map((section) => section.split("\n")[0]),
    [...defaultRules.keys()]
  )
  const silent = sections.filter((section) => !/to do\.?\*\*/iu.test(section))
  assert.deepStrictEqual(silent, none)
})

it("docs/alerts.md names every kind of rule", () => {
  const kinds = new Set([...defaultRules.values()].map(({ _tag }) => `\`${_tag}\``))
  assert.deepStrictEqual(
    [...kinds].filter((kind) => !page.includes(`| ${kind} `)),
    none
  )
})
