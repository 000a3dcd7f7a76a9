import type { DeadLetterMark } from "@millrace/contracts"
import { failedAtMs, fingerprintOf, letterKey, type StoredDeadLetter } from "./StoredDeadLetter.ts"

/** Which letters are meant; every part that is given must hold. Without any: all. */
export interface DeadLetterSelection {
  readonly ids?: ReadonlySet<string>
  readonly fingerprint?: string
  readonly key?: string
  readonly workspaceId?: string
  /** Wall time of the last failure, in milliseconds: from `sinceMs` on, and before `untilMs`. */
  readonly sinceMs?: number
  readonly untilMs?: number
}

/** Whether a letter is meant. */
export const selects = (selection: DeadLetterSelection, letter: StoredDeadLetter): boolean =>
  (selection.ids === undefined || selection.ids.has(letter.id)) &&
  (selection.fingerprint === undefined || selection.fingerprint === fingerprintOf(letter)) &&
  (selection.key === undefined || selection.key === letterKey(letter)) &&
  (selection.workspaceId === undefined || selection.workspaceId === letter.workspaceId) &&
  (selection.sinceMs === undefined || failedAtMs(letter) >= selection.sinceMs) &&
  (selection.untilMs === undefined || failedAtMs(letter) < selection.untilMs)

/**
 * Where a letter stands. `quarantined`: it came back from as many replays as are allowed, and is replayed only by its id.
 */
export type LetterState = "open" | "quarantined" | DeadLetterMark["state"]

/** Replays from which a record may come back before it is left out of the replay of a group or of all. */
export const defaultQuarantineAfter = 2

export const stateOf = (
  letter: StoredDeadLetter,
  mark: DeadLetterMark | undefined,
  quarantineAfter = defaultQuarantineAfter
): LetterState => mark?.state ?? (letter.replayCount >= quarantineAfter ? "quarantined" : "open")
