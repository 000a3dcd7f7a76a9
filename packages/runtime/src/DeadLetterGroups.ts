import type { DeadLetterMarks } from "./DeadLetterMarks.ts"
import { type LetterState, stateOf } from "./DeadLetterSelection.ts"
import { failedAtMs, fingerprintOf, letterKey, type StoredDeadLetter } from "./StoredDeadLetter.ts"

/** Letters of one cause. */
export interface DeadLetterGroup {
  readonly fingerprint: string
  readonly kind: string
  readonly tag: string
  /** Of the letter that came first. */
  readonly message: string
  readonly counts: Readonly<Record<LetterState, number>>
  /** Wall times of the first and last failure, in milliseconds. */
  readonly firstMs: number
  readonly lastMs: number
  /** Workspaces of open and quarantined letters, at most 20. */
  readonly workspaces: ReadonlyArray<string>
  /** What open and quarantined letters are about, the most concerned first, at most 20; and how many in all. */
  readonly affected: ReadonlyArray<AffectedKey>
  readonly affectedCount: number
  /** A letter to look at: the latest that is open, else the latest. */
  readonly sample: { readonly id: string; readonly key: string | undefined }
}

/** A key, or the part of it that the topic is partitioned by, for example an account. */
export interface AffectedKey {
  readonly name: string
  readonly letters: number
}

type Growing = { -readonly [K in keyof DeadLetterGroup]: DeadLetterGroup[K] } & {
  readonly counts: Record<LetterState, number>
  readonly places: Set<string>
  readonly keys: Map<string, number>
}

const mostWorkspaces = 20
const shownKeys = 20

/** Counts of no letters. */
export const noLetters = (): Record<LetterState, number> => ({
  open: 0,
  quarantined: 0,
  replayed: 0,
  edited: 0,
  purged: 0
})

const begin = (letter: StoredDeadLetter): Growing => {
  const { cause } = letter
  return {
    fingerprint: fingerprintOf(letter),
    kind: cause._tag === "Known" ? cause.kind : "malformed",
    tag: cause._tag === "Known" ? cause.tag : "MalformedCause",
    message: cause._tag === "Known" ? cause.message : cause.issue,
    counts: noLetters(),
    firstMs: failedAtMs(letter),
    lastMs: failedAtMs(letter),
    workspaces: [],
    affected: [],
    affectedCount: 0,
    sample: { id: letter.id, key: letterKey(letter) },
    places: new Set(),
    keys: new Map()
  }
}

/** Gathers letters by fingerprint as they are read; a letter that a crash had written twice counts once. */
export class GroupingLetters {
  private readonly groups = new Map<string, Growing>()
  private readonly seen = new Set<string>()
  private readonly marks: DeadLetterMarks
  private readonly quarantineAfter: number | undefined
  private readonly about: (key: string) => string

  /** `about`: what a letter of a key is about; the key itself when not given. */
  constructor(marks: DeadLetterMarks, quarantineAfter?: number, about: (key: string) => string = (key) => key) {
    this.marks = marks
    this.quarantineAfter = quarantineAfter
    this.about = about
  }

  add(letter: StoredDeadLetter): void {
    if (this.seen.has(letter.id)) return
    this.seen.add(letter.id)
    const fingerprint = fingerprintOf(letter)
    const group = this.groups.get(fingerprint) ?? begin(letter)
    this.groups.set(fingerprint, group)
    const state = stateOf(letter, this.marks.get(letter.id), this.quarantineAfter)
    const waits = state === "open" || state === "quarantined"
    group.counts[state] += 1
    group.firstMs = Math.min(group.firstMs, failedAtMs(letter))
    group.lastMs = Math.max(group.lastMs, failedAtMs(letter))
    if (!waits) return
    group.sample = { id: letter.id, key: letterKey(letter) }
    const key = letterKey(letter)
    if (key !== undefined) group.keys.set(this.about(key), (group.keys.get(this.about(key)) ?? 0) + 1)
    if (letter.workspaceId !== undefined && group.places.size < mostWorkspaces) group.places.add(letter.workspaceId)
  }

  /** Most open letters first. */
  result(): ReadonlyArray<DeadLetterGroup> {
    const waiting = ({ counts }: DeadLetterGroup) => counts.open + counts.quarantined
    return [...this.groups.values()]
      .map(({ keys, places, ...group }) => ({
        ...group,
        workspaces: [...places].sort(),
        affected: mostConcerned(keys),
        affectedCount: keys.size
      }))
      .sort((one, other) => waiting(other) - waiting(one) || other.lastMs - one.lastMs)
  }
}

const mostConcerned = (keys: ReadonlyMap<string, number>): ReadonlyArray<AffectedKey> =>
  [...keys]
    .map(([name, letters]) => ({ name, letters }))
    .sort((one, other) => other.letters - one.letters || (one.name < other.name ? -1 : 1))
    .slice(0, shownKeys)
