import type { CommitNote, OpenMark, Suspect } from "./CommitNote.ts"

/** Limits of the guard; settings of the runtime. */
export interface CrashLimits {
  /** Offsets behind the last one known to be finished that are looked at with care after an unclean end. */
  readonly window: number
  /** Records that share one marker while care is taken. */
  readonly chunk: number
  /** Ends of the process with one record alone after which that record is set aside. */
  readonly alone: number
}

/** What may happen to the next record of a partition. */
export type Admission =
  | { readonly _tag: "Begin" }
  /** The marker must reach the broker first. */
  | { readonly _tag: "Mark" }
  /** No other suspect beside it, once its marker is with the broker; `crashes` counts the ends of the process with it so far. */
  | { readonly _tag: "Alone"; readonly crashes: number }
  | { readonly _tag: "SetAside"; readonly crashes: number }

/** Suspects that a mark names besides the one that runs: those with the most ends. */
const mostSuspects = 16

/** The note of a commit, while the partition is held (`open`) or as it is given back. */
export const noteAt = (
  guard: CrashGuard,
  committable: number,
  { done, open }: { readonly done: CommitNote["done"]; readonly open: boolean }
): CommitNote => {
  const mark = open ? guard.markAt(committable) : guard.closedAt(committable)
  return mark === undefined ? { done } : { done, open: mark }
}

const begin: Admission = { _tag: "Begin" }
const mark: Admission = { _tag: "Mark" }

// Outline of what follows from unclean ends (kill -9, out of memory, a lost session). The mark lies in the commit's
// metadata while a partition is held. A clean end takes it away, or, while care is taken, closes it, so that the next owner
// goes on with the same care: after a process's end partitions change hands more than once.
// 1. No mark found: records begin at once. The mark says only that the partition is held, so it costs one commit for
//    each assignment and nothing for each record.
// 2. A mark found: up to the end of the window, records begin chunk by chunk, each chunk named in the mark before it.
// 3. A mark with a chunk found: its unfinished records are suspects, and run one at a time, each named before each attempt.
// 4. A suspect with which the process ended `alone` times is set aside.
// Behind the window all is as before.

/**
 * Finds the record that ends the process again and again, and nothing else.
 *
 * One for each partition of an input and assignment; plain and immediate. Asked for the records in their order.
 */
export class CrashGuard {
  /** The owner before ended without giving the partition back. */
  readonly endedUncleanly: boolean
  private readonly limits: CrashLimits
  private readonly crashes: number
  private readonly careTo: number
  private readonly suspectTo: number
  private named: number
  private alone: Suspect | undefined
  /** The suspects of the mark found. */
  private readonly counted: ReadonlyArray<Suspect>

  constructor(
    { done, open: found }: CommitNote,
    partition: { readonly startOffset: number; readonly endOffset: number },
    limits: CrashLimits
  ) {
    const { startOffset, endOffset } = partition
    // A record that waits holds the offset back while others begin, as far as the window behind the last finished one.
    const lastDone = Math.max(startOffset, done.at(-1)?.to ?? startOffset)
    this.limits = limits
    this.endedUncleanly = found !== undefined && found.closed !== true
    this.counted = found?.suspects ?? []
    this.crashes = found === undefined ? 0 : found.crashes + (this.endedUncleanly ? 1 : 0)
    this.careTo = found === undefined ? startOffset : Math.min(endOffset, lastDone + limits.window)
    this.suspectTo = found?.upto ?? startOffset
    this.named = startOffset
  }

  /** Unclean ends in a row before this assignment. */
  get uncleanEnds(): number {
    return this.crashes
  }

  /** The mark of the next commit; `committable` is the partition's lowest unfinished offset. */
  markAt(committable: number): OpenMark {
    const upto = Math.max(this.named, this.suspectTo)
    if (this.alone === undefined && committable >= this.careTo && committable >= this.suspectTo) return { crashes: 0 }
    return { crashes: this.crashes, ...this.rest(upto, committable, this.alone) }
  }

  /**
   * The mark of the commit with which the partition is given back; undefined when no more care has to be taken. What still runs
   * is interrupted and did not end the process.
   */
  closedAt(committable: number): OpenMark | undefined {
    const over = committable >= this.careTo && committable >= this.suspectTo
    if (this.crashes === 0 || over) return undefined
    return { crashes: this.crashes, ...this.rest(this.suspectTo, committable, undefined), closed: true }
  }

  private rest(upto: number, committable: number, alone: Suspect | undefined) {
    const before = this.counted.filter(({ offset }) => offset >= committable && offset !== alone?.offset)
    const most = before.toSorted((one, other) => other.crashes - one.crashes).slice(0, mostSuspects)
    const named = alone === undefined ? most : [alone, ...most]
    return { ...(upto > committable ? { upto } : {}), ...(named.length > 0 ? { suspects: named } : {}) }
  }

  /** Nothing has to be known before the record begins; so it is for all but those that follow an unclean end. */
  isCalmAt(offset: number): boolean {
    return offset >= this.careTo && offset >= this.suspectTo
  }

  /** What may happen to the partition's next record. */
  admit(offset: number): Admission {
    if (offset < this.suspectTo) {
      const crashes = this.counted.find((one) => one.offset === offset)?.crashes ?? 0
      return crashes >= this.limits.alone ? { _tag: "SetAside", crashes } : { _tag: "Alone", crashes }
    }
    return this.isCalmAt(offset) || offset < this.named ? begin : mark
  }

  /** Names the chunk of the next commit: records below `upto`. */
  nameTo(upto: number): void {
    this.named = Math.max(this.named, upto)
  }

  /** Names the suspect of the next commit that runs; undefined once its attempt is over. */
  nameAlone(suspect: Suspect | undefined): void {
    this.alone = suspect
  }
}
