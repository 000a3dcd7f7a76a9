import { execFileSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { cpus, release, totalmem } from "node:os"
import { fileURLToPath } from "node:url"
import { compareWithBaseline, keepAsBaseline } from "./baseline.ts"
import type { Figure, Target } from "./figures.ts"
import type { Options } from "./options.ts"

/** What one call found; it is the last line of its output, and `results/NAME.json` when saved. */
export interface Report {
  readonly benchmark: string
  readonly question: string
  readonly at: string
  readonly commit: string
  readonly command: string
  readonly machine: Machine
  readonly versions: Readonly<Record<string, string>>
  /** Records, keys, rates, and what else the figures depend on. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly figures: ReadonlyArray<Figure>
  readonly targets: ReadonlyArray<Target>
  readonly notes: ReadonlyArray<string>
}

export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
}

export const machine = (): Machine => ({
  processor: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${process.platform} ${release()}`
})

const root = fileURLToPath(new URL("../../", import.meta.url))
export const resultsFolder = fileURLToPath(new URL("../results/", import.meta.url))

const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(`${root}node_modules/${name}/package.json`, "utf8")) as { version: string }).version

const kafkaVersion = "4.3.1"

const versions = (): Record<string, string> => ({
  node: process.version.slice(1),
  kafka: kafkaVersion,
  ...Object.fromEntries(["effect", "kafkajs", "@platformatic/kafka", "bullmq"].map((name) => [name, versionOf(name)]))
})

const git = (...args: ReadonlyArray<string>): string => {
  try {
    return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim()
  } catch {
    return ""
  }
}

/** The commit, with a mark when files differ from it. */
const commit = (): string => {
  const changed = git("status", "--porcelain", "--", "packages", "benchmarks") === "" ? "" : " with changes"
  return `${git("rev-parse", "--short", "HEAD") || "unknown"}${changed}`
}

const line = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

const show = (value: number): string => value.toLocaleString("en")

const printTable = (report: Report): void => {
  const width = Math.max(...report.figures.map(({ name }) => name.length))
  for (const { high, low, median, name, samples, unit } of report.figures) {
    const spread = samples.length > 1 ? ` (${show(low)} to ${show(high)}, ${samples.length} samples)` : ""
    line(`${name.padEnd(width)}  ${show(median).padStart(10)} ${unit}${spread}`)
  }
  for (const { found, met, name, wanted } of report.targets) {
    line(`${met ? "met   " : "MISSED"} ${name}: ${show(found)}, wanted ${wanted}`)
  }
  for (const note of report.notes) line(note)
}

/** Prints what was found, saves or compares it as the flags say, and ends with the JSON object. */
export const finish = (
  found: Pick<Report, "benchmark" | "question" | "settings" | "figures" | "targets"> & {
    readonly notes?: ReadonlyArray<string>
  },
  options: Options
): void => {
  const report: Report = {
    ...found,
    notes: found.notes ?? [],
    at: new Date().toISOString(),
    commit: commit(),
    command: `npm run bench -- ${[found.benchmark, ...process.argv.slice(2)].join(" ")}`,
    machine: machine(),
    versions: versions()
  }
  if (!options.json) printTable(report)
  if (options.save) {
    mkdirSync(resultsFolder, { recursive: true })
    writeFileSync(`${resultsFolder}${report.benchmark}.json`, `${JSON.stringify(report, null, 2)}\n`)
  }
  if (options.baseline) keepAsBaseline(report)
  if (options.compare) {
    const faults = compareWithBaseline(report)
    for (const fault of faults) process.stderr.write(`${fault}\n`)
    if (faults.length > 0) process.exitCode = 1
  }
  line(JSON.stringify(report))
}

/** A line about progress, for people; nothing with `--json`. */
export const progress = (options: Options, text: string): void => {
  if (!options.json) process.stderr.write(`${text}\n`)
}
