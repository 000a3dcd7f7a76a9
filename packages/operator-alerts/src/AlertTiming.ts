/** When groups are told. Milliseconds. */
export interface AlertTiming {
  /** From the first change of a group to its message, so that what begins together is told together. */
  readonly groupWaitMs: number
  /** Least time between two messages of a group. */
  readonly groupIntervalMs: number
  /** What still lasts is told again after so long. */
  readonly repeatMs: number
}
