/** What the guarding thread is told at its start. Imports nothing: the thread is to be small. */
export interface LoopGuardSettings {
  /** Named in the last line of the log. */
  readonly worker: string
  /** The process is ended when its event loop did not turn for this long; 0 never ends it. */
  readonly frozenAfterMs: number
  readonly pollMs: number
  /** Two 32-bit numbers that both threads share: at `turns` and at `longestBlock`. */
  readonly shared: SharedArrayBuffer
}

/** Place of the turns of the event loop so far. */
export const turns = 0
/** Place of the longest block since it was last read, in milliseconds. */
export const longestBlock = 1
