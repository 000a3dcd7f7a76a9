// Draws what the stored results say: plots/NAME.svg of each results/NAME.json, and its table in RESULTS.md.
import { execFileSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { chartOf } from "./stage/chart.ts"
import { markdownOf, replaceBetweenMarks } from "./stage/markdown.ts"
import { type Report, resultsFolder } from "./stage/report.ts"

const plots = fileURLToPath(new URL("plots/", import.meta.url))
const formatter = fileURLToPath(new URL("../node_modules/@biomejs/biome/bin/biome", import.meta.url))
const pageFile = fileURLToPath(new URL("RESULTS.md", import.meta.url))

const files = readdirSync(resultsFolder).filter((file) => file.endsWith(".json"))
mkdirSync(plots, { recursive: true })
let page = readFileSync(pageFile, "utf8")
for (const file of files) {
  const report = JSON.parse(readFileSync(`${resultsFolder}${file}`, "utf8")) as Report
  writeFileSync(`${plots}${report.benchmark}.svg`, chartOf(report))
  page = replaceBetweenMarks(page, report.benchmark, markdownOf(report))
  process.stdout.write(`benchmarks/plots/${report.benchmark}.svg\n`)
}
writeFileSync(pageFile, page)
execFileSync(process.execPath, [formatter, "format", "--write", pageFile], { stdio: "ignore" })
process.stdout.write(`${JSON.stringify({ benchmark: "plot", plots: files.length })}\n`)
