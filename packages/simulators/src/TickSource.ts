import type { Tick } from "./Tick.ts"

/** Ticks of a feed in order, as often as asked for. */
export interface TickSource {
  readonly describe: string
  readonly total: number
  readonly first: Tick
  readonly ticks: () => Iterable<Tick>
}
