import { execFileSync } from "node:child_process"

/** Resident memory of a process, in MB; not a number when it is gone. */
export const residentMemoryMB = (pid: number): number => {
  try {
    return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1_024
  } catch {
    return Number.NaN
  }
}
