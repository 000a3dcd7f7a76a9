import { basename } from "node:path"
import { type Guarantee, type Proof, readGuarantees } from "./guarantees.ts"

const heads: Readonly<Record<string, readonly [string, string, ReadonlyArray<string>]>> = {
  crash: [
    "A crash at each step",
    "What comes again, and why it does no harm. The steps are those of [architecture.md](architecture.md).",
    ["crash or failure", "what is redelivered", "why it is harmless", "test"]
  ],
  protection: ["Protection", "", ["promise", "how", "test"]],
  effects: ["Effects", "", ["promise", "how", "test"]],
  records: ["Records", "", ["promise", "how", "test"]],
  contracts: ["Contracts", "", ["promise", "how", "test"]],
  operation: ["Operation", "", ["promise", "how", "test"]]
}

const linked = (path: string): string =>
  `[${basename(path).replace(/(\.integration|\.faults)?(\.test)?\.ts$/u, "")}](../${path})`

const shown = (name: string): string => name.replace(/\$\{[^}]*\}|%\w/gu, "…").replace(/[<>|]/gu, "\\$&")

/** `[episodes](…): fires once for a crossing`, all proofs of one file together. */
const proofsOf = (proofs: ReadonlyArray<Proof>): string => {
  const byFile = Map.groupBy(proofs, ({ path }) => path)
  return [...byFile.entries()]
    .map(([path, inFile]) => {
      const callers = inFile[0]!.runIn.filter((caller) => caller !== path)
      const on = callers.length === 0 ? "" : ` run by ${callers.map(linked).join(", ")}`
      const named = inFile.flatMap(({ name }) => (name === undefined ? [] : [shown(name)]))
      const { command } = inFile[0]!
      const by = command === "npm test" ? "" : ` (by \`${command}\`)`
      return `${linked(path)}${on}${by}${named.length === 0 ? "" : `: ${named.join("; ")}`}`
    })
    .join("<br>")
}

const cells = (row: Guarantee): ReadonlyArray<string> => [
  row.title,
  ...Object.values(row.says).map((said) => said.replaceAll("|", "\\|")),
  proofsOf(row.proofs)
]

const line = (columns: ReadonlyArray<string>): string => `| ${columns.join(" | ")} |`

/** The part of docs/guarantees.md that follows from the tests: a table for each section. */
export const guaranteesTables = (): string => {
  const { rows } = readGuarantees()
  return Object.entries(heads)
    .flatMap(([section, [title, prose, columns]]) => {
      const own = rows.filter((row) => row.section === section)
      if (own.length === 0) return []
      const table = [line(columns), line(columns.map(() => "---")), ...own.map((row) => line(cells(row)))]
      return [[`## ${title}`, ...(prose === "" ? [] : [prose]), table.join("\n")].join("\n\n")]
    })
    .join("\n\n")
}
