/**
 * What a run in lockstep must decide, found by a straight loop over ticks and formulas.
 *
 * Shares no code with the monitor, the simulator or the rules: prices and positions are plain numbers, every pair is
 * evaluated on every tick. Formulas: inverse contract, P&L in sats = sign · q · 1e8 · (1/P − 1/X).
 */
export interface Candle {
  readonly timeMs: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
}

export interface Tick {
  readonly timeMs: number
  readonly price: number
}

export interface GivenPosition {
  readonly id: string
  readonly account: string
  readonly side: "buy" | "sell"
  readonly quantity: number
  readonly leverage: number
}

export interface GivenRule {
  readonly id: string
  readonly account: string
  readonly threshold: number
  readonly action: "close_position" | "add_margin"
  readonly amount: number
}

export interface ExpectedCommand {
  readonly rule: string
  readonly position: string
  readonly action: string
  readonly decidedAtMs: number
  readonly decidedPrice: number
  readonly status: string
  readonly reason: string
}

/** Reads the candles of a file with a header line. */
export const parseCandles = (text: string): ReadonlyArray<Candle> =>
  text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => {
      const [timeMs, open, high, low, close] = line.split(",").map(Number) as [number, number, number, number, number]
      return { timeMs, open, high, low, close }
    })

/** Four ticks a candle, 15 s apart: open, low, high, close when it closed at or above its open, else high before low. */
export const expand = (candles: ReadonlyArray<Candle>): ReadonlyArray<Tick> =>
  candles.flatMap(({ timeMs, open, high, low, close }) =>
    (close >= open ? [open, low, high, close] : [open, high, low, close]).map((price, step) => ({
      timeMs: timeMs + step * 15_000,
      price
    }))
  )

interface Held {
  readonly given: GivenPosition
  readonly entry: number
  margin: number
  open: boolean
}

const lossOf = ({ given, entry, margin }: Held, price: number): number => {
  const sign = given.side === "buy" ? 1 : -1
  return -(sign * given.quantity * 1e8 * (1 / entry - 1 / price)) / margin
}

/** Decides every tick of the feed; positions are opened at the first tick's price. */
export const recompute = (
  ticks: Iterable<Tick>,
  positions: ReadonlyArray<GivenPosition>,
  rules: ReadonlyArray<GivenRule>
): ReadonlyArray<ExpectedCommand> => {
  const commands: Array<ExpectedCommand> = []
  let held: ReadonlyArray<Held> | undefined
  for (const { timeMs, price } of ticks) {
    held ??= positions.map((given) => ({
      given,
      entry: price,
      margin: Math.floor((given.quantity * 1e8) / (price * given.leverage)),
      open: true
    }))
    for (const position of held) {
      if (!position.open) continue
      const fired = rules.filter(
        (rule) => rule.account === position.given.account && lossOf(position, price) >= rule.threshold
      )
      const liquidated = lossOf(position, price) >= 1
      for (const rule of fired) {
        const closes = rule.action === "close_position"
        commands.push({
          rule: rule.id,
          position: position.given.id,
          action: rule.action,
          decidedAtMs: timeMs,
          decidedPrice: price,
          status: liquidated ? "refused" : "completed",
          reason: liquidated ? "position_liquidated" : "done"
        })
        if (liquidated) continue
        if (closes) position.open = false
        else position.margin += rule.amount
      }
      if (liquidated) position.open = false
    }
  }
  return commands
}
