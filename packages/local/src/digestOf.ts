import { hash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join, relative, sep } from "node:path"

const filesBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]
  )

/** Returns one SHA-256 for a folder: over the sorted lines `relative path, SHA-256 of the file`. Throws as `node:fs` does. */
export const digestOf = (folder: string): string =>
  hash(
    "sha256",
    filesBelow(folder)
      .map((file) => `${relative(folder, file).split(sep).join("/")} ${hash("sha256", readFileSync(file))}`)
      .sort()
      .join("\n")
  )
