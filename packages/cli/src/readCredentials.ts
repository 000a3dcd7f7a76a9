import { ApiCredentials, checkedCredentials } from "@millrace/store"
import { Config, Effect, FileSystem, Option, Redacted, Result, Schema, Stdio, Stream } from "effect"
import { Flag } from "effect/cli"
import { misused } from "./CommandFailed.ts"

/** Where a secret comes from; never from the command line, which other users of the machine can read. */
export const credentialFlags = {
  file: Flag.String("file").pipe(
    Flag.withDescription("File with key, secret and passphrase, as JSON or as lines `key=…`"),
    Flag.optional
  ),
  stdin: Flag.Boolean("stdin").pipe(Flag.withDescription("Read the same from standard input"), Flag.withDefault(false)),
  env: Flag.String("env").pipe(
    Flag.withDescription("Begin of the variables NAME_KEY, NAME_SECRET and NAME_PASSPHRASE"),
    Flag.optional
  )
}

export interface CredentialSource {
  readonly file: Option.Option<string>
  readonly stdin: boolean
  readonly env: Option.Option<string>
}

/** Whether a source is named. */
export const namesCredentials = ({ env, file, stdin }: CredentialSource): boolean =>
  stdin || Option.isSome(file) || Option.isSome(env)

/** Reads an account's credentials from the one source that is named; an empty part, or none or two sources, are refused. */
export const readCredentials = Effect.fnUntraced(function* (accountId: string, source: CredentialSource) {
  const sources = [source.stdin, Option.isSome(source.file), Option.isSome(source.env)].filter(Boolean).length
  if (sources !== 1) {
    return yield* misused("Name one source of the credentials: --file FILE, --stdin, or --env NAME.")
  }
  const found = yield* Option.isSome(source.env) ? fromEnvironment(source.env.value) : fromText(source)
  return yield* checkedCredentials(accountId, found)
})

const fromEnvironment = (name: string) =>
  Effect.map(
    Config.all({
      key: Config.String(`${name}_KEY`),
      secret: Config.String(`${name}_SECRET`),
      passphrase: Config.String(`${name}_PASSPHRASE`)
    }),
    (parts) => Redacted.make(parts)
  )

const fromText = Effect.fnUntraced(function* ({ file, stdin }: CredentialSource) {
  const place = stdin ? "Standard input" : Option.getOrElse(file, () => "")
  const text = yield* stdin ? readAll : readFile(place)
  const parts = decodeJson(text)
  if (Result.isSuccess(parts)) return Redacted.make(parts.success)
  const lines = new Map(
    text.split("\n").flatMap((line): ReadonlyArray<[string, string]> => {
      const at = line.indexOf("=")
      return at < 0 ? [] : [[line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()]]
    })
  )
  const missing = ["key", "secret", "passphrase"].filter((name) => !lines.has(name))
  if (missing.length > 0) {
    return yield* misused(
      `${place} has no ${missing.join(", no ")}. Expected JSON {"key", "secret", "passphrase"}, or a line \`name=value\` for each.`
    )
  }
  const part = (name: string) => lines.get(name) ?? ""
  return Redacted.make({ key: part("key"), secret: part("secret"), passphrase: part("passphrase") })
})

const decodeJson = Schema.decodeUnknownResult(Schema.fromJsonString(ApiCredentials))

const readAll = Effect.flatMap(Stdio.Stdio, ({ stdin }) => Stream.mkString(Stream.decodeText(stdin))).pipe(
  Effect.catch((error) => misused(`Standard input can't be read: ${error.message}`))
)

const readFile = (path: string) =>
  Effect.flatMap(FileSystem.FileSystem, (files) => files.readFileString(path)).pipe(
    Effect.catch((error) => misused(`${path} can't be read: ${error.message}`))
  )
