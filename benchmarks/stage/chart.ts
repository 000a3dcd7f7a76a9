import type { Figure } from "./figures.ts"
import type { Report } from "./report.ts"

const width = 940
const nameWidth = 470
const valueWidth = 150
const rowHeight = 22
const barWidth = width - nameWidth - valueWidth - 20

const escaped = (text: string): string => text.replace(/&/gu, "&amp;").replace(/</gu, "&lt;").replace(/>/gu, "&gt;")

/** Figures of one unit share an axis; a figure keeps its place among those of its unit. */
const panelsOf = (figures: ReadonlyArray<Figure>): ReadonlyArray<ReadonlyArray<Figure>> => {
  const panels = new Map<string, Array<Figure>>()
  for (const figure of figures) panels.set(figure.unit, [...(panels.get(figure.unit) ?? []), figure])
  return [...panels.values()]
}

/** A linear axis hides what is a thousand times smaller: such a panel gets a logarithmic one, from a tenth of its least. */
const scaleOf = (panel: ReadonlyArray<Figure>): { readonly at: (value: number) => number; readonly name: string } => {
  const highest = Math.max(...panel.map(({ high }) => high), Number.MIN_VALUE)
  const lowest = Math.min(...panel.map(({ low }) => low).filter((value) => value > 0), highest)
  if (highest / lowest < 50) return { at: (value) => (Math.max(0, value) / highest) * barWidth, name: "" }
  const floor = Math.log10(lowest / 2)
  const span = Math.log10(highest) - floor
  return {
    at: (value) => (value <= 0 ? 0 : Math.max(0, (Math.log10(value) - floor) / span) * barWidth),
    name: ", logarithmic"
  }
}

const rowOf = (figure: Figure, top: number, at: (value: number) => number): string => {
  const middle = top + rowHeight / 2
  const ours = figure.guarded || /millrace/u.test(figure.name)
  const [low, mid, high] = [figure.low, figure.median, figure.high].map((value) => nameWidth + at(value))
  return `<text x="${nameWidth - 8}" y="${middle + 4}" text-anchor="end">${escaped(figure.name)}</text>
<rect x="${nameWidth}" y="${top + 4}" width="${(mid! - nameWidth).toFixed(1)}" height="${rowHeight - 8}" fill="${ours ? "#2b6cb0" : "#a0aec0"}"/>
<line x1="${low!.toFixed(1)}" x2="${high!.toFixed(1)}" y1="${middle}" y2="${middle}" stroke="#1a202c"/>
<text x="${(Math.max(mid!, high!) + 6).toFixed(1)}" y="${middle + 4}">${figure.median.toLocaleString("en")}</text>`
}

/** Returns a picture of a report, complete in itself: a bar for each median, a line from the lowest to the highest sample. */
export const chartOf = (report: Report): string => {
  const parts: Array<string> = []
  let top = 58
  for (const panel of panelsOf(report.figures)) {
    const { at, name } = scaleOf(panel)
    const better = panel[0]!.better === "higher" ? "more is better" : "less is better"
    parts.push(
      `<text x="${nameWidth}" y="${top + 14}" font-weight="bold">${escaped(panel[0]!.unit)} (${better}${name})</text>`
    )
    top += rowHeight
    for (const figure of panel) {
      parts.push(rowOf(figure, top, at))
      top += rowHeight
    }
    top += 10
  }
  const { benchmark, commit, machine, question } = report
  const place = `${machine.processor}, ${machine.cores} cores · Node ${report.versions.node} · commit ${commit} · ${report.at.slice(0, 10)}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top + 6}" width="${width}" height="${top + 6}" font-family="sans-serif" font-size="12">
<title>${escaped(`${benchmark}: ${question}`)}</title>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="12" y="24" font-size="16" font-weight="bold">${escaped(`${benchmark}: ${question}`)}</text>
<text x="12" y="44" fill="#4a5568">${escaped(place)}</text>
${parts.join("\n")}
</svg>
`
}
