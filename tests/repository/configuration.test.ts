/** docs/configuration.md holds every setting, with the default and the effect that the code says. */
import { assert, it } from "@effect/vitest"
import { secretSettings } from "../../packages/telemetry/src/secretFiles.ts"
import { namesInCode, settingsTables } from "./configurationPage.ts"
import { none, read } from "./sourceTree.ts"

const page = read("docs/configuration.md").text

it("every setting that the code reads stands in docs/configuration.md", () => {
  assert.isAbove(namesInCode.length, 50)
  assert.deepStrictEqual(
    [...new Set(namesInCode)].filter((name) => !page.includes(`\`${name}\``)),
    none
  )
})

it("every setting that is a secret can be given as a file, and what can be is a setting", () => {
  const secrets = [...page.matchAll(/^\| `([A-Z_]+)` *\| secret /gmu)].map(([, name]) => name!)
  assert.isAbove(secrets.length, 8)
  assert.deepStrictEqual(
    secrets.filter((name) => !secretSettings.includes(name)),
    none
  )
  assert.deepStrictEqual(
    secretSettings.filter((name) => !page.includes(`\`${name}\``)),
    none
  )
})

it("the tables of docs/configuration.md are those of the code: run node tests/repository/writeConfiguration.ts when not", () => {
  const plain = (text: string): string => text.replace(/ {2,}/gu, " ").replace(/-{3,}/gu, "---").trim()
  const shown = page.slice(page.indexOf("<!-- from the code -->") + 22, page.indexOf("<!-- end -->"))
  assert.strictEqual(plain(shown), plain(settingsTables()))
})
