import type { Figure } from "./figures.ts"
import type { Report } from "./report.ts"

const show = (value: number): string => value.toLocaleString("en")

const row = ({ high, low, median, name, samples, unit }: Figure): string =>
  `| ${name} | ${show(median)} | ${samples.length > 1 ? `${show(low)} – ${show(high)}` : "one sample"} | ${unit} |`

/** Returns a report for people: where and how it was measured, the figures, the targets, the notes. */
export const markdownOf = (report: Report): string => {
  const { at, benchmark, command, commit, figures, machine, notes, targets, versions } = report
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const samples = Math.max(...figures.map((figure) => figure.samples.length))
  return [
    `\`${command}\`, ${at.slice(0, 10)}, commit ${commit}. ${machine.processor}, ${machine.cores} cores, ` +
      `${machine.memoryGiB} GiB, ${machine.system}; ${used.join(", ")}. ${samples > 1 ? `Medians of ${samples} samples.` : "One sample."}`,
    "",
    "| what | median | lowest – highest | unit |",
    "| --- | ---: | ---: | --- |",
    ...figures.map(row),
    "",
    ...targets.map(
      ({ found, met, name, wanted }) => `- ${met ? "Met" : "**Missed**"}: ${name}: ${show(found)}, wanted ${wanted}.`
    ),
    ...notes.map((note) => `- ${note}.`.replace(/\.\.$/u, ".")),
    "",
    `![${benchmark}](plots/${benchmark}.svg)`
  ].join("\n")
}

const begin = (name: string): string => `<!-- begin ${name} -->`
const end = (name: string): string => `<!-- end ${name} -->`

/** Puts the text between the page's marks of the name; the page stays as it is where it has none. */
export const replaceBetweenMarks = (page: string, name: string, text: string): string => {
  const from = page.indexOf(begin(name))
  const to = page.indexOf(end(name))
  if (from < 0 || to < from) return page
  return `${page.slice(0, from + begin(name).length)}\n\n${text}\n\n${page.slice(to)}`
}
