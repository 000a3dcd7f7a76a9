// Foreign boundary: reads the process table; used by the guard too, which loads no Effect.
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"

/** Names one process for good: a process id alone is given to another process after its end. */
export interface ProcessIdentity {
  readonly pid: number
  /** Start time as the system tells it: ticks since boot with the boot's id, or a date. */
  readonly started: string
}

const bootIdFile = "/proc/sys/kernel/random/boot_id"

const fromProc = (pid: number): string | undefined => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  // A zombie has ended; only its parent has not noticed yet.
  if (fields[0] === "Z" || fields[0] === "X") return undefined
  return `${fields[19]} ${readFileSync(bootIdFile, "utf8").trim()}`
}

const fromPs = (pid: number): string | undefined => {
  const text = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim()
  return text === "" ? undefined : text
}

/** Returns the identity of the process that has this id now, undefined when there is none. */
export const identify = (pid: number): ProcessIdentity | undefined => {
  try {
    const started = existsSync(bootIdFile) ? fromProc(pid) : fromPs(pid)
    return started === undefined ? undefined : { pid, started }
  } catch {
    return undefined
  }
}

/** Returns whether that very process still runs. */
export const isRunning = (process: ProcessIdentity): boolean => identify(process.pid)?.started === process.started
