/**
 * What the stack and its guard say to each other: one JSON value a line, over the guard's standard input and output.
 *
 * The guard is a small process of its own that owns the servers. It ends them when its standard input closes, which
 * also happens when the stack's process is killed: so no server outlives it for long.
 */
export interface ProcessSpec {
  /** Also the name of the file with its process identity. */
  readonly name: string
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Standard output and error are appended here. */
  readonly logFile: string
  /** Unprivileged user to run as, when we are root. */
  readonly user?: { readonly uid: number; readonly gid: number }
  /** Asks for a clean end. */
  readonly stopSignal: "SIGTERM" | "SIGINT"
  /** Longest wait for a clean end; after it SIGKILL. */
  readonly graceMs: number
  /** Parts with a higher number stop first. */
  readonly stopOrder: number
  /** A file that the process leaves at a clean end, and its final name: a broken one never gets that name. */
  readonly keepAtCleanEnd?: { readonly from: string; readonly to: string }
}

export type GuardRequest = { readonly start: ProcessSpec }

export type GuardReply =
  | { readonly started: string; readonly pid: number }
  | { readonly refused: string; readonly reason: string }
  | { readonly ended: string; readonly code: number | null; readonly signal: string | null }
