// Foreign boundary: the hot commit path; bytes to text and back.

/** Offsets from `from` up to and without `to`. */
export interface OffsetRange {
  readonly from: number
  readonly to: number
}

/**
 * What a commit remembers besides its offset, as the group's commit metadata.
 *
 * `open` stands there while the partition is held: whoever is assigned the partition and finds it knows that the one before
 * did not end well, unless it is closed.
 */
export interface CommitNote {
  /** Finished offsets above the committed one, in ascending order. */
  readonly done: ReadonlyArray<OffsetRange>
  readonly open?: OpenMark
}

/** A record that ran alone, and how often the process ended with it. */
export interface Suspect {
  readonly offset: number
  readonly crashes: number
}

/** @see CrashGuard for what follows from it. */
export interface OpenMark {
  /** Unclean ends in a row before this assignment. */
  readonly crashes: number
  /** Records below it may have been begun; absent: any. */
  readonly upto?: number
  /** Records that ran alone as the process ended, and one that does now, counted as if it ended with it. */
  readonly suspects?: ReadonlyArray<Suspect>
  /** The partition was given back well, and what an earlier unclean end asks for is not over: no end is added to `crashes`. */
  readonly closed?: true
}

/** Brokers refuse more than 4,096 bytes (`offset.metadata.max.bytes`). */
export const longestNote = 4_000

const version = "m1"
const varintBytesAtMost = 8

/**
 * Returns a note as text of at most `longestNote` characters, and whether all of `done` found room; else its highest ranges
 * are left out, so that after a crash those records come again.
 *
 * Ranges are run lengths, alternately unfinished and finished, as base64 of varints: a record that waits below thousands
 * of finished ones costs a few bytes.
 */
export const encodeNote = (
  note: CommitNote,
  committed: number
): { readonly text: string; readonly complete: boolean } => {
  const words = [version]
  const { open } = note
  if (open !== undefined) {
    words.push(`${open.closed === true ? "closed" : "open"}=${open.crashes}`)
    if (open.upto !== undefined) words.push(`upto=${open.upto}`)
    const suspects = open.suspects?.map(({ crashes, offset }) => `${offset}:${crashes}`) ?? []
    if (suspects.length > 0) words.push(`suspect=${suspects.join(",")}`)
  }
  if (note.done.length === 0) return { text: open === undefined ? "" : words.join(" "), complete: true }
  const head = `${words.join(" ")} done=`
  const room = Math.floor((longestNote - head.length) / 4) * 3
  const runs = Buffer.allocUnsafe(room + 2 * varintBytesAtMost)
  let at = 0
  let next = committed
  let complete = true
  for (const { from, to } of note.done) {
    const end = writeVarint(runs, writeVarint(runs, at, from - next), to - from)
    if (end > room) {
      complete = false
      break
    }
    at = end
    next = to
  }
  return { text: `${head}${runs.toString("base64", 0, at)}`, complete }
}

/** The note with the name of the transaction that commits it; readers of notes pass over it. */
export const withTransaction = (note: string, name: string): string =>
  `${note === "" ? version : note} transaction=${name}`

/** Reads a note; a text that is not one of ours says nothing. */
export const decodeNote = (text: string, committed: number): CommitNote => {
  const words = text.split(" ")
  if (words[0] !== version) return { done: [] }
  const fields = new Map(
    words.slice(1).map((word): [string, string] => {
      const at = word.indexOf("=")
      return at < 0 ? [word, ""] : [word.slice(0, at), word.slice(at + 1)]
    })
  )
  const done = readRuns(Buffer.from(fields.get("done") ?? "", "base64"), committed)
  const open = openOf(fields)
  return open === undefined ? { done } : { done, open }
}

const openOf = (fields: ReadonlyMap<string, string>): OpenMark | undefined => {
  const closed = wholeNumber(fields.get("closed"))
  const crashes = wholeNumber(fields.get("open")) ?? closed
  if (crashes === undefined) return undefined
  const upto = wholeNumber(fields.get("upto"))
  const suspects = (fields.get("suspect") ?? "").split(",").flatMap((text) => {
    const [offset, count] = text.split(":").map(wholeNumber)
    return offset === undefined || count === undefined ? [] : [{ offset, crashes: count }]
  })
  return {
    crashes,
    ...(upto === undefined ? {} : { upto }),
    ...(suspects.length === 0 ? {} : { suspects }),
    ...(closed === undefined ? {} : { closed: true as const })
  }
}

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,16}$/u.test(text) ? Number(text) : undefined

const readRuns = (runs: Buffer, committed: number): ReadonlyArray<OffsetRange> => {
  const done: Array<OffsetRange> = []
  let at = 0
  let next = committed
  const varint = (): number | undefined => {
    let value = 0
    for (let scale = 1; at < runs.length; scale *= 128) {
      const byte = runs[at++]!
      value += (byte & 0x7f) * scale
      if ((byte & 0x80) === 0) return Number.isSafeInteger(value) ? value : undefined
    }
    return undefined
  }
  while (at < runs.length) {
    const skipped = varint()
    const length = varint()
    if (skipped === undefined || length === undefined || length === 0) return done
    const to = next + skipped + length
    if (!Number.isSafeInteger(to)) return done
    done.push({ from: next + skipped, to })
    next = to
  }
  return done
}

const writeVarint = (into: Buffer, from: number, value: number): number => {
  let at = from
  let rest = value
  while (rest >= 0x80) {
    into[at++] = (rest % 128) | 0x80
    rest = Math.floor(rest / 128)
  }
  into[at++] = rest
  return at
}
