// Foreign boundary: reads log files backwards, block by block.
import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs"

/** A line of a log: parsed where it is one of our own, else as it stands. */
export interface LoggedLine {
  readonly service: string
  /** Wall time in milliseconds; of a line without one, that of the line before. */
  readonly atMs: number
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>> | undefined
}

/** Which lines. */
export interface LogSelection {
  /** Lines at most, of each service, the last ones. */
  readonly limit: number
  /** Wall time in milliseconds; absent: from the beginning. */
  readonly sinceMs: number | undefined
  readonly wanted: (line: LoggedLine) => boolean
}

const blockBytes = 65_536

const parsed = (service: string, text: string, beforeMs: number): LoggedLine => {
  try {
    const fields: unknown = text.startsWith("{") ? JSON.parse(text) : undefined
    if (typeof fields === "object" && fields !== null) {
      const at = Date.parse(String(Reflect.get(fields, "timestamp")))
      const atMs = Number.isNaN(at) ? beforeMs : at
      return { service, atMs, text, fields: fields as Record<string, unknown> }
    }
  } catch {
    // Cut off, or not ours: shown as it stands.
  }
  return { service, atMs: beforeMs, text, fields: undefined }
}

/** Makes lines of what was read; lines without a time have that of the one before. */
export const linesOf = (service: string, text: string): ReadonlyArray<LoggedLine> => {
  let beforeMs = 0
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const one = parsed(service, line, beforeMs)
      beforeMs = one.atMs
      return one
    })
}

/** The last lines of a log that are wanted, and where the log ended; only as much is read as that takes. */
export const lastLines = (
  service: string,
  file: string,
  { limit, sinceMs, wanted }: LogSelection
): { readonly lines: ReadonlyArray<LoggedLine>; readonly end: number } => {
  if (!existsSync(file)) return { lines: [], end: 0 }
  const handle = openSync(file, "r")
  try {
    const end = fstatSync(handle).size
    let bytes: Buffer = Buffer.alloc(0)
    for (let from = end; ; ) {
      const start = Math.max(0, from - blockBytes)
      const block = Buffer.alloc(from - start)
      readSync(handle, block, 0, block.length, start)
      bytes = Buffer.concat([block, bytes])
      from = start
      // What stands before the first line break of the middle of a file is half a line.
      const whole = start === 0 ? bytes : bytes.subarray(bytes.indexOf(10) + 1)
      const all = linesOf(service, whole.toString("utf8"))
      const lines = all.filter((line) => line.atMs >= (sinceMs ?? 0) && wanted(line))
      const reachesBack = sinceMs !== undefined && (all.find(({ atMs }) => atMs > 0)?.atMs ?? sinceMs) < sinceMs
      if (start === 0 || lines.length >= limit || reachesBack) return { lines: lines.slice(-limit), end }
    }
  } finally {
    closeSync(handle)
  }
}

/** What was written after `from`, up to the last whole line, and where that ends; a log that was emptied begins anew. */
export const newLines = (
  service: string,
  file: string,
  from: number
): { readonly lines: ReadonlyArray<LoggedLine>; readonly end: number } => {
  if (!existsSync(file)) return { lines: [], end: 0 }
  const handle = openSync(file, "r")
  try {
    const { size } = fstatSync(handle)
    const start = size < from ? 0 : from
    const block = Buffer.alloc(size - start)
    readSync(handle, block, 0, block.length, start)
    const whole = block.lastIndexOf(10) + 1
    return { lines: linesOf(service, block.subarray(0, whole).toString("utf8")), end: start + whole }
  } finally {
    closeSync(handle)
  }
}
