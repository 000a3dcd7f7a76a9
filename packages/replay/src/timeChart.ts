/** Charts over market time as inline SVG; colours are the page's variables, so that they follow light and dark. */
import { DateTime } from "effect"

export interface Curve {
  readonly name: string
  /** A class of the page: its colour. */
  readonly look: string
  readonly points: ReadonlyArray<readonly [timeMs: number, value: number]>
}

export interface Mark {
  readonly look: string
  readonly shape: "circle" | "diamond"
  readonly timeMs: number
  readonly value: number
  /** Shown when pointed at. */
  readonly about: string
}

/** A level that holds for a while. */
export interface Level {
  readonly fromMs: number
  readonly toMs: number
  readonly value: number
  readonly about: string
}

export interface TimeChart {
  readonly title: string
  readonly unit: string
  readonly height: number
  readonly fromMs: number
  readonly toMs: number
  readonly curves: ReadonlyArray<Curve>
  readonly marks: ReadonlyArray<Mark>
  readonly levels: ReadonlyArray<Level>
}

const width = 1_000
const left = 84
const right = 16
const top = 10
const bottom = 28

export const escaped = (text: string): string =>
  text.replace(/&/gu, "&amp;").replace(/</gu, "&lt;").replace(/>/gu, "&gt;").replace(/"/gu, "&quot;")

/** An instant in short: minute of a day. */
export const shortTime = (ms: number): string =>
  DateTime.formatIso(DateTime.makeUnsafe(ms)).slice(0, 16).replace("T", " ")

/** The range of the curves and marks, a little wider; levels are drawn where they lie in it. */
const rangeOf = ({ curves, marks }: TimeChart): readonly [number, number] => {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const [, value] of [
    ...curves.flatMap(({ points }) => points),
    ...marks.map((mark) => [0, mark.value] as const)
  ]) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low > high) return [0, 1]
  const room = (high - low) * 0.06 || Math.abs(high) * 0.01 || 1
  return [low - room, high + room]
}

/** Round values inside a range, about `count` of them. */
const ticksOf = (low: number, high: number, count: number): ReadonlyArray<number> => {
  const raw = (high - low) / count
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= raw) ?? raw
  const ticks: Array<number> = []
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) ticks.push(tick)
  return ticks
}

export const timeChart = (chart: TimeChart): string => {
  const [low, high] = rangeOf(chart)
  const spanMs = Math.max(1, chart.toMs - chart.fromMs)
  const inner = chart.height - top - bottom
  const x = (ms: number) => (left + ((ms - chart.fromMs) / spanMs) * (width - left - right)).toFixed(1)
  const y = (value: number) => (top + (1 - (value - low) / (high - low)) * inner).toFixed(1)
  const grid = ticksOf(low, high, Math.max(3, Math.round(inner / 55))).map(
    (tick) =>
      `<line class="grid" x1="${left}" x2="${width - right}" y1="${y(tick)}" y2="${y(tick)}"/>` +
      `<text x="${left - 8}" y="${y(tick)}" dy="4" text-anchor="end">${tick.toLocaleString("en", { maximumFractionDigits: 2 })}</text>`
  )
  const times = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const ms = chart.fromMs + share * spanMs
    const anchor = share === 0 ? "start" : share === 1 ? "end" : "middle"
    return `<text x="${x(ms)}" y="${chart.height - 8}" text-anchor="${anchor}">${shortTime(ms)}</text>`
  })
  const levels = chart.levels
    .filter(({ value }) => value >= low && value <= high)
    .map(
      ({ about, fromMs, toMs, value }) =>
        `<line class="level" x1="${x(fromMs)}" x2="${x(toMs)}" y1="${y(value)}" y2="${y(value)}"><title>${escaped(about)}</title></line>`
    )
  const curves = chart.curves.map(
    ({ look, points }) =>
      `<polyline class="curve ${look}" points="${points.map(([ms, value]) => `${x(ms)},${y(value)}`).join(" ")}"/>`
  )
  const marks = chart.marks.map((mark) => shapeOf(mark, Number(x(mark.timeMs)), Number(y(mark.value))))
  return `<div class="wide"><svg viewBox="0 0 ${width} ${chart.height}" role="img" aria-label="${escaped(chart.title)}">
${[...grid, ...times, ...levels, ...curves, ...marks].join("\n")}
</svg></div>`
}

const shapeOf = ({ about, look, shape }: Mark, cx: number, cy: number): string => {
  const title = `<title>${escaped(about)}</title>`
  if (shape === "circle") return `<circle class="mark ${look}" cx="${cx}" cy="${cy}" r="5">${title}</circle>`
  const points = `${cx},${cy - 6.5} ${cx + 6.5},${cy} ${cx},${cy + 6.5} ${cx - 6.5},${cy}`
  return `<polygon class="mark ${look}" points="${points}">${title}</polygon>`
}
