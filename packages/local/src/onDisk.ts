// Foreign boundary: the file system throws; its failures become one StackError that names the folder.
import { Effect } from "effect"
import { StackError, type StackPart } from "./StackError.ts"

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full: free space there, or choose another folder with MILLRACE_DATA or MILLRACE_CACHE.",
  EACCES: "Give this user the right to write there, or choose another folder with MILLRACE_DATA or MILLRACE_CACHE.",
  EPERM: "Give this user the right to write there, or choose another folder with MILLRACE_DATA or MILLRACE_CACHE.",
  EROFS: "The file system is read-only: choose another folder with MILLRACE_DATA or MILLRACE_CACHE."
}

/**
 * Runs file operations on a folder.
 *
 * Fails with StackError naming the folder and what to do: disk full, no rights, or damaged data.
 */
export const onDisk = <A>(part: StackPart, folder: string, act: () => A): Effect.Effect<A, StackError> =>
  Effect.try({
    try: act,
    catch: (cause) => {
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown"
      const remedy = remedies[code] ?? "Check the folder; --fresh empties it."
      return new StackError({ part, problem: `The folder ${folder} can't be used (${code}).`, remedy, cause })
    }
  })
