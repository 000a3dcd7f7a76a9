/** A measured quantity: median, lowest and highest of its samples. */
export interface Figure {
  /** What was measured, for example `millrace` or `10 ms, 20 keys, 8 partitions`. */
  readonly name: string
  readonly unit: string
  readonly better: "higher" | "lower"
  readonly median: number
  readonly low: number
  readonly high: number
  readonly samples: ReadonlyArray<number>
  /** Ours, and steady enough to be held to the baseline. */
  readonly guarded: boolean
}

/** What the issue asks for, and whether it was reached. */
export interface Target {
  readonly name: string
  readonly wanted: string
  readonly found: number
  readonly met: boolean
}

/** The value below which this share of the figures lies; they need not be sorted. */
export const percentile = (figures: ReadonlyArray<number> | Float64Array, share: number): number =>
  Float64Array.from(figures).sort()[Math.max(0, Math.ceil(figures.length * share) - 1)] ?? Number.NaN

export const median = (figures: ReadonlyArray<number>): number => percentile(figures, 0.5)

/** Three digits are more than such a machine can tell. */
export const rounded = (value: number): number =>
  Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(3))

export const figureOf = (
  name: string,
  unit: string,
  samples: ReadonlyArray<number>,
  options: { readonly better?: "higher" | "lower"; readonly guarded?: boolean } = {}
): Figure => ({
  name,
  unit,
  better: options.better ?? "higher",
  median: rounded(median(samples)),
  low: rounded(Math.min(...samples)),
  high: rounded(Math.max(...samples)),
  samples: samples.map(rounded),
  guarded: options.guarded ?? false
})

/** A target that a figure must reach. */
export const atLeast = (name: string, wanted: number, found: number): Target => ({
  name,
  wanted: `at least ${wanted}`,
  found: rounded(found),
  met: found >= wanted
})

export const atMost = (name: string, wanted: number, found: number): Target => ({
  name,
  wanted: `at most ${wanted}`,
  found: rounded(found),
  met: found <= wanted
})
