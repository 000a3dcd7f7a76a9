// Runs one benchmark by name: `npm run bench -- NAME [options]`. Each file here is one question, its first line.
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const folder = fileURLToPath(new URL(".", import.meta.url))
const benchmarks = readdirSync(folder)
  .filter((file) => file.endsWith(".ts") && file !== "main.ts")
  .map((file) => file.slice(0, -3))
  .sort()

const [name] = process.argv.splice(2, 1)
if (name === undefined || !benchmarks.includes(name)) {
  const question = (benchmark: string): string =>
    readFileSync(`${folder}/${benchmark}.ts`, "utf8")
      .split("\n")[0]
      ?.replace(/^\/\/ /u, "") ?? ""
  const found = name === undefined ? "No benchmark named." : `There is no benchmark "${name}".`
  process.stderr.write(`${found} Name one of these: npm run bench -- NAME\n`)
  for (const benchmark of benchmarks) process.stderr.write(`  ${benchmark.padEnd(16)} ${question(benchmark)}\n`)
  process.exitCode = 2
} else {
  await import(`./${name}.ts`)
}
