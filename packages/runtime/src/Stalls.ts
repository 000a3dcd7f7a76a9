import type { ConsumerProgress } from "@millrace/kafka"

/** Something that has to come round or to end; one object or name stays one thing from look to look. */
export interface Watched {
  readonly id: unknown
  /** Another mark than at the last look: it has moved on. */
  readonly mark: unknown
  readonly limitMs: number
  /** In words for an operator, for example `its consumer of orders sends no heartbeat`. */
  readonly stalled: string
}

/**
 * Finds what does not move on, by looks at regular times; plain and immediate.
 *
 * Time is counted in looks and not by a clock: a process that was stopped, or whose clock was set, has not looked meanwhile, so
 * it gets its full time again.
 */
export class Stalls {
  private readonly everyMs: number
  private seen = new Map<unknown, { readonly mark: unknown; readonly looks: number }>()
  private found: string | undefined

  constructor(everyMs: number) {
    this.everyMs = everyMs
  }

  /** What is stalled since the last look, in words; undefined when all moves on. */
  get reason(): string | undefined {
    return this.found
  }

  look(watched: ReadonlyArray<Watched>): void {
    const seen = new Map<unknown, { readonly mark: unknown; readonly looks: number }>()
    const stalled: Array<string> = []
    for (const { id, limitMs, mark, stalled: words } of watched) {
      const known = this.seen.get(id)
      const looks = known !== undefined && known.mark === mark ? known.looks + 1 : 0
      seen.set(id, { mark, looks })
      if (looks * this.everyMs > limitMs) stalled.push(`${words} for ${Math.round((looks * this.everyMs) / 1000)} s`)
    }
    this.seen = seen
    this.found = stalled.length === 0 ? undefined : stalled.join("; ")
  }
}

/**
 * What to look for in a consumer. A broker that does not answer lets heartbeats and fetches fail, which counts as moving on: a
 * restart would not bring it back. Only loops that do not even fail are stalled.
 */
export const consumerWatched = (
  groupId: string,
  progress: ConsumerProgress,
  limitMs: number
): ReadonlyArray<Watched> => [
  {
    id: `${groupId} heartbeats`,
    mark: progress.heartbeats,
    limitMs,
    stalled: `its consumer of group ${groupId} has ended no heartbeat`
  },
  ...(progress.fetching
    ? [
        {
          id: `${groupId} fetches`,
          mark: progress.fetches,
          limitMs,
          stalled: `its consumer of group ${groupId} has ended no fetch`
        }
      ]
    : [])
]
