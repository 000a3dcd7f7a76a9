// Writes the tables of docs/guarantees.md anew from the tests: node tests/repository/writeGuarantees.ts
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { guaranteesTables } from "./guaranteesPage.ts"
import { read, root } from "./sourceTree.ts"

const page = read("docs/guarantees.md").text
const begin = page.indexOf("<!-- from the tests -->")
const end = page.indexOf("<!-- end -->")
if (begin < 0 || end < begin)
  throw new Error("docs/guarantees.md lacks its two marks: <!-- from the tests -->, <!-- end -->")
writeFileSync(
  join(root, "docs/guarantees.md"),
  `${page.slice(0, begin)}<!-- from the tests -->\n\n${guaranteesTables()}\n\n${page.slice(end)}`
)
