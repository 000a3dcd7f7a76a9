// Foreign boundary: asks the operating system.
import { userInfo } from "node:os"

/** Name of the user whom this process runs as; its number where the system has no name for it. */
export const userName = (): string => {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.() ?? "unknown"}`
  }
}
