/** How an attempt ended for the input: finished for good, again later, or given up as the partition is not ours. */
export type AttemptEnd =
  | { readonly _tag: "Finished" }
  | { readonly _tag: "Again"; readonly afterMs: number; readonly wholeLane: boolean }
  | { readonly _tag: "Abandoned" }
  /** A chunk could not be handled as one: its records one by one. */
  | { readonly _tag: "Apart" }

export const finished: AttemptEnd = { _tag: "Finished" }
export const abandoned: AttemptEnd = { _tag: "Abandoned" }

export const apart: AttemptEnd = { _tag: "Apart" }

export const again = (afterMs: number, wholeLane = false): AttemptEnd => ({ _tag: "Again", afterMs, wholeLane })
