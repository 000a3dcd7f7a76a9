// Foreign boundary: files of schema ids beside the data.
import { createHash } from "node:crypto"
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect } from "effect"

/**
 * Schema ids that a worker has seen, kept in a folder so that it can start while the registry is down.
 *
 * One small file for each fact, written by rename: processes that share the folder never undo each other's facts, and a
 * crash leaves no half file. The folder belongs with the data: ids of another registry would be wrong. A folder that
 * can't be written costs only the cache: the failure is logged.
 */
export interface SchemaIdCache {
  /** Id under which exactly this schema is registered in the subject. */
  readonly own: (subject: string, schema: string) => Effect.Effect<number | undefined>
  readonly rememberOwn: (subject: string, schema: string, id: number) => Effect.Effect<void>
  /** Every id known to belong to the subject. */
  readonly known: (subject: string) => Effect.Effect<ReadonlyArray<number>>
  readonly rememberKnown: (subject: string, id: number) => Effect.Effect<void>
  /** Whether the id was last found not to belong to the subject; a later registration may have changed that. */
  readonly foreign: (subject: string, id: number) => Effect.Effect<boolean>
  readonly rememberForeign: (subject: string, id: number) => Effect.Effect<void>
}

/** Remembers nothing. */
export const noSchemaIdCache: SchemaIdCache = {
  own: () => Effect.succeed(undefined),
  rememberOwn: () => Effect.void,
  known: () => Effect.succeed([]),
  rememberKnown: () => Effect.void,
  foreign: () => Effect.succeed(false),
  rememberForeign: () => Effect.void
}

export const makeSchemaIdCache = (folder: string): SchemaIdCache => {
  const ownFile = (subject: string, schema: string) =>
    join(folder, `${subject}.${createHash("sha256").update(schema).digest("hex").slice(0, 16)}.own`)
  const remember = (file: string, text: string) =>
    Effect.tryPromise(async () => {
      await mkdir(folder, { recursive: true })
      const draft = `${file}.${process.pid}.draft`
      await writeFile(draft, text)
      await rename(draft, file)
    }).pipe(
      Effect.catch((error) => Effect.logWarning("Schema ids can't be cached", { folder, reason: String(error.cause) }))
    )
  return {
    own: (subject, schema) =>
      Effect.tryPromise(() => readFile(ownFile(subject, schema), "utf8")).pipe(
        Effect.map(asId),
        Effect.orElseSucceed(() => undefined)
      ),
    rememberOwn: (subject, schema, id) => remember(ownFile(subject, schema), String(id)),
    known: (subject) =>
      Effect.tryPromise(() => readdir(folder)).pipe(
        Effect.map((files) => files.flatMap((file) => knownIdIn(file, subject))),
        Effect.orElseSucceed(() => [])
      ),
    rememberKnown: (subject, id) => remember(join(folder, `${subject}.${id}.known`), ""),
    foreign: (subject, id) =>
      Effect.tryPromise(() => readFile(join(folder, `${subject}.${id}.foreign`))).pipe(
        Effect.as(true),
        Effect.orElseSucceed(() => false)
      ),
    rememberForeign: (subject, id) => remember(join(folder, `${subject}.${id}.foreign`), "")
  }
}

const asId = (text: string): number | undefined => (/^\d{1,10}$/u.test(text) ? Number(text) : undefined)

const knownIdIn = (file: string, subject: string): ReadonlyArray<number> => {
  if (!file.startsWith(`${subject}.`) || !file.endsWith(".known")) return []
  const id = asId(file.slice(subject.length + 1, -".known".length))
  return id === undefined ? [] : [id]
}
