import { chmodSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A new folder for the servers' data. PostgreSQL runs as another user when we are root. */
export const makeDataFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"))
  chmodSync(folder, 0o755)
  return folder
}
