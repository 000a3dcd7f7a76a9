// Writes the tables of docs/configuration.md anew from the settings in the code: node tests/repository/writeConfiguration.ts
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { settingsTables } from "./configurationPage.ts"
import { read, root } from "./sourceTree.ts"

const page = read("docs/configuration.md").text
const begin = page.indexOf("<!-- from the code -->")
const end = page.indexOf("<!-- end -->")
if (begin < 0 || end < begin)
  throw new Error("docs/configuration.md lacks its two marks: <!-- from the code -->, <!-- end -->")
writeFileSync(
  join(root, "docs/configuration.md"),
  `${page.slice(0, begin)}<!-- from the code -->\n\n${settingsTables()}\n\n${page.slice(end)}`
)
