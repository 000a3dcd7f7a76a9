// Foreign boundary: a chart that draws itself on a canvas, outside of React.

import { useComputedColorScheme } from "@mantine/core"
import { type Tone, useWords } from "@millrace/page-parts"
import {
  type AutoscaleInfo,
  createChart,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  type UTCTimestamp
} from "lightweight-charts"
import { useEffect, useRef } from "react"

/** A price that means something, drawn across the chart. */
export interface ChartLine {
  readonly priceUsd: number
  readonly title: string
  readonly tone: Tone
}

interface PriceChartProps {
  /** Market time in milliseconds and price, the oldest first. */
  readonly points: ReadonlyArray<readonly [number, number]>
  readonly lines: ReadonlyArray<ChartLine>
  /** What is to be seen, for readers of the screen. */
  readonly label: string
}

const colorOf = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

const toneColors: Readonly<Record<Tone, string>> = {
  good: "--millrace-good",
  warning: "--millrace-warning",
  bad: "--millrace-bad",
  plain: "--mantine-color-dimmed"
}

/** The chart draws whole seconds, each once: the last point of a second counts. */
const seriesOf = (points: PriceChartProps["points"]) => {
  const bySecond = new Map(points.map(([atMs, value]) => [Math.floor(atMs / 1_000), value]))
  return [...bySecond].map(([time, value]) => ({ time: time as UTCTimestamp, value }))
}

const look = () => ({
  layout: {
    background: { color: "transparent" },
    textColor: colorOf("--mantine-color-dimmed"),
    attributionLogo: false
  },
  grid: {
    vertLines: { color: colorOf("--millrace-surface") },
    horzLines: { color: colorOf("--mantine-color-default-border") }
  }
})

/** Lines so close to the prices are in sight, too; farther ones would make the curve flat. */
const nearShare = 0.08

const withNearLines = (info: AutoscaleInfo | null, lines: ReadonlyArray<number>): AutoscaleInfo | null => {
  const range = info?.priceRange
  if (info === null || range === null || range === undefined) return info
  const { minValue, maxValue } = range
  const near = lines.filter((price) => price > minValue * (1 - nearShare) && price < maxValue * (1 + nearShare))
  return { ...info, priceRange: { minValue: Math.min(minValue, ...near), maxValue: Math.max(maxValue, ...near) } }
}

interface Drawn {
  readonly chart: IChartApi
  readonly series: ISeriesApi<"Line">
}

/** How the price went, with lines at the prices where something happens. Drag and wheel move it. */
export const PriceChart = ({ points, lines, label }: PriceChartProps) => {
  const place = useRef<HTMLDivElement>(null)
  const drawn = useRef<Drawn>(null)
  const nearLines = useRef<ReadonlyArray<number>>([])
  nearLines.current = lines.map(({ priceUsd }) => priceUsd)
  const { language } = useWords()
  const scheme = useComputedColorScheme("light")

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read from the page, which the scheme changes
  useEffect(() => {
    const chart = createChart(place.current!, {
      autoSize: true,
      ...look(),
      localization: { locale: language },
      timeScale: { timeVisible: true, secondsVisible: true, borderVisible: false },
      rightPriceScale: { borderVisible: false }
    })
    const series = chart.addSeries(LineSeries, {
      color: colorOf("--mantine-color-anchor"),
      lineWidth: 2,
      priceFormat: { type: "price", precision: 1, minMove: 0.5 },
      autoscaleInfoProvider: (own: () => AutoscaleInfo | null) => withNearLines(own(), nearLines.current)
    })
    drawn.current = { chart, series }
    return () => {
      drawn.current = null
      chart.remove()
    }
  }, [scheme, language])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a chart that was made anew needs its data anew
  useEffect(() => {
    drawn.current?.series.setData(seriesOf(points))
  }, [points, scheme, language])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a chart that was made anew needs its lines anew
  useEffect(() => {
    const series = drawn.current?.series
    if (series === undefined) return
    const made = lines.map(({ priceUsd, title, tone }) =>
      series.createPriceLine({
        price: priceUsd,
        title,
        color: colorOf(toneColors[tone]),
        lineWidth: 1,
        lineStyle: LineStyle.Dashed,
        axisLabelVisible: true
      })
    )
    return () => {
      if (drawn.current?.series === series) for (const line of made) series.removePriceLine(line)
    }
  }, [lines, scheme, language])

  return <div ref={place} className="chart" role="img" aria-label={label} />
}
