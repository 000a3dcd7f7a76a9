// Foreign boundary: the folder of generated schemas.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type ErrorKind, jsonSchemaTextOf, schemaFileOf, topicContracts } from "@millrace/contracts"
import { Effect, Schema } from "effect"

/** The folder of generated schemas could not be read or written. */
export class SchemaFolderError extends Schema.TaggedError<SchemaFolderError>()("SchemaFolderError", {
  folder: Schema.String,
  cause: Schema.Defect()
}) {
  readonly kind: ErrorKind = "system"

  override get message() {
    return `${this.folder} can't be read or written: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`
  }
}

/** `schemas` at the root of the repository. */
export const defaultSchemaFolder = fileURLToPath(new URL("../../../schemas", import.meta.url))

/** A file that is not what the code would generate. */
export interface SchemaDrift {
  readonly file: string
  readonly state: "missing" | "changed" | "superfluous"
}

const generated = (): ReadonlyMap<string, string> =>
  new Map(topicContracts.map((contract) => [schemaFileOf(contract.name), jsonSchemaTextOf(contract)]))

const inFolder = <A>(folder: string, action: () => Promise<A>) =>
  Effect.tryPromise({ try: action, catch: (cause) => new SchemaFolderError({ folder, cause }) })

/** Returns the files that differ from what the code's schemas say. Fails with `SchemaFolderError`. */
export const schemaDrift = Effect.fn("cli.schemaDrift")(function* (folder: string) {
  const wanted = generated()
  const files = yield* inFolder(folder, () => present(folder))
  const drift: Array<SchemaDrift> = [...files.keys()]
    .filter((file) => !wanted.has(file))
    .map((file) => ({ file, state: "superfluous" }))
  for (const [file, text] of wanted) {
    const found = files.get(file)
    if (found !== text) drift.push({ file, state: found === undefined ? "missing" : "changed" })
  }
  return drift.sort((a, b) => (a.file < b.file ? -1 : 1))
})

/** Writes the files that differ and removes those that nothing generates; returns them. Fails with `SchemaFolderError`. */
export const generateSchemas = Effect.fn("cli.generateSchemas")(function* (folder: string) {
  const drift = yield* schemaDrift(folder)
  const wanted = generated()
  yield* inFolder(folder, async () => {
    await mkdir(folder, { recursive: true })
    for (const { file, state } of drift) {
      if (state === "superfluous") await rm(join(folder, file))
      else await writeFile(join(folder, file), wanted.get(file) ?? "")
    }
  })
  return drift
})

const present = async (folder: string): Promise<ReadonlyMap<string, string>> => {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return []
    throw cause
  })
  const files = names.filter((name) => name.endsWith(".json"))
  return new Map(
    await Promise.all(files.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const))
  )
}
