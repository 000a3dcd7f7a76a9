/** Recorded one-minute candles `timestamp_ms,open,high,low,close,volume` as four ticks each. */
import { Result, Schema } from "effect"
import type { Tick } from "./Tick.ts"
import type { TickSource } from "./TickSource.ts"

export class CandleFileError extends Schema.TaggedError<CandleFileError>()("CandleFileError", {
  message: Schema.String
}) {
  readonly kind = "permanent"
}

const HEADER = "timestamp_ms,open,high,low,close,volume"
const MINUTE_MS = 60_000
/** Milliseconds between the four ticks of a candle. */
export const QUARTER_MS = 15_000

/** Reads the text of a candle file; `file` is its name for messages. Fails with the line, what was found and expected. */
export const candleSource = (text: string, file: string): Result.Result<TickSource, CandleFileError> => {
  const columns: Array<Float64Array> = []
  let previousMs = Number.NEGATIVE_INFINITY
  const lines = text.split("\n")
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.trimEnd()
    if (line === "" && i === lines.length - 1) continue
    if (i === 0) {
      if (line !== HEADER) return broken(file, 1, line, `the header ${HEADER}`)
      continue
    }
    const cells = line.split(",")
    const row = Float64Array.from(cells, (cell) => (cell.trim() === "" ? Number.NaN : Number(cell)))
    const fault = faultOf(row, previousMs)
    if (fault !== undefined) return broken(file, i + 1, line, fault)
    previousMs = row[0]!
    columns.push(row)
  }
  if (columns.length === 0) return broken(file, 2, "", "at least one candle")
  return Result.succeed({
    describe: `candles of ${file}`,
    total: columns.length * 4,
    first: { price: columns[0]![1]!, timeMs: columns[0]![0]! },
    ticks: () => expand(columns)
  })
}

const faultOf = (row: Float64Array, previousMs: number): string | undefined => {
  const [timeMs, open, high, low, close, volume] = row
  if (row.length !== 6) return "6 columns"
  if (!row.every(Number.isFinite)) return "a number in every column"
  if (!Number.isSafeInteger(timeMs!) || timeMs! <= 0) return "timestamp_ms in whole milliseconds"
  if (timeMs! - previousMs < MINUTE_MS)
    return `timestamp_ms at least ${MINUTE_MS} after the line before (${previousMs})`
  if (Math.min(open!, high!, low!, close!) <= 0) return "prices above 0"
  if (volume! < 0) return "a volume of 0 or more"
  if (high! < Math.max(open!, close!, low!)) return "high at or above open, low and close"
  if (low! > Math.min(open!, close!)) return "low at or below open and close"
  return undefined
}

const broken = (file: string, line: number, found: string, expected: string) =>
  Result.fail(
    new CandleFileError({
      message: `${file}:${line}: found "${found.slice(0, 80)}", expected ${expected}. Correct or remove the line.`
    })
  )

/** Open, low, high, close of a rising candle; open, high, low, close of a falling one. Gaps give no ticks. */
function* expand(rows: ReadonlyArray<Float64Array>): Generator<Tick> {
  for (const [timeMs, open, high, low, close] of rows) {
    const [second, third] = close! >= open! ? [low!, high!] : [high!, low!]
    yield { price: open!, timeMs: timeMs! }
    yield { price: second, timeMs: timeMs! + QUARTER_MS }
    yield { price: third, timeMs: timeMs! + 2 * QUARTER_MS }
    yield { price: close!, timeMs: timeMs! + 3 * QUARTER_MS }
  }
}
