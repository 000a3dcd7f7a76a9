// Foreign boundary: promises of @confluentinc/schemaregistry.
import { Agent } from "node:https"
import { Config, Context, Data, Effect, Layer, Option, Redacted, Schema } from "effect"
import type { ErrorKind } from "./ErrorKind.ts"
import { explainTls } from "./explainTls.ts"
import { pem } from "./pem.ts"
import { RegistryUnavailable } from "./RecordCodec.ts"

/** The registry or its rules refuse a schema: older records could not be read with it, or it is no schema. */
export class SchemaRefused extends Schema.TaggedError<SchemaRefused>()("SchemaRefused", {
  subject: Schema.String,
  issue: Schema.String
}) {
  readonly kind: ErrorKind = "permanent"

  override get message() {
    return `The registry refuses the schema of ${this.subject}: ${this.issue}`
  }
}

/** What each subject is checked for: new code reads whatever was ever written. */
export const compatibility = "BACKWARD_TRANSITIVE"

/**
 * The schema registry, as far as Millrace needs it; subjects are `<topic>-value`, schemas are JSON Schema texts.
 *
 * Every call goes over HTTP once, waits 5 s at most, and fails with `RegistryUnavailable` when there is no good answer.
 */
export class SchemaRegistry extends Context.Service<
  SchemaRegistry,
  {
    /** Without credentials, for messages. */
    readonly address: string
    /** Id of exactly this schema in the subject; undefined when it is not registered there. */
    readonly idOf: (subject: string, schema: string) => Effect.Effect<number | undefined, RegistryUnavailable>
    /** Whether the id is that of a version of the subject. */
    readonly belongs: (subject: string, id: number) => Effect.Effect<boolean, RegistryUnavailable>
    /** Versions of the subject, oldest first; none when it does not exist. */
    readonly versions: (subject: string) => Effect.Effect<ReadonlyArray<number>, RegistryUnavailable>
    /** Whether the registry takes the schema as the subject's next version. */
    readonly isCompatible: (
      subject: string,
      schema: string
    ) => Effect.Effect<boolean, RegistryUnavailable | SchemaRefused>
    /** Adds the schema as a version and returns its id; the same schema again returns the id that it has. */
    readonly register: (subject: string, schema: string) => Effect.Effect<number, RegistryUnavailable | SchemaRefused>
    /** Has the registry check later versions of the subject for `BACKWARD_TRANSITIVE`. */
    readonly guard: (subject: string) => Effect.Effect<void, RegistryUnavailable>
  }
>()("@millrace/contracts/SchemaRegistry") {
  /** A registry at a base URL, for example `http://127.0.0.1:8081`; user and password may stand in it. */
  static readonly layerUrl = (url: string, tlsAuthority?: string) =>
    Layer.effect(SchemaRegistry, connect(url, tlsAuthority))

  /** The registry that SCHEMA_REGISTRY_URL names; of `https` with SCHEMA_REGISTRY_TLS_CA, PEM text or a path, as the authority to trust. */
  static readonly layer = Layer.unwrap(
    Effect.gen(function* () {
      const url = yield* Config.Redacted("SCHEMA_REGISTRY_URL")
      const authority = yield* Config.option(pem("certificate", "SCHEMA_REGISTRY_TLS_CA"))
      return SchemaRegistry.layerUrl(Redacted.value(url), Option.getOrUndefined(authority))
    })
  )
}

const requestTimeoutMs = 5000

const connect = Effect.fnUntraced(function* (url: string, tlsAuthority: string | undefined) {
  const address = withoutCredentials(url)
  const unavailable = (answer: BadAnswer) =>
    new RegistryUnavailable({ target: address, cause: new Error(answer.message) })
  // The sub-path spares 55 MB and 400 ms of start: the package's index loads every serializer and cloud key service.
  const { SchemaRegistryClient } = yield* Effect.promise(
    () => import("@confluentinc/schemaregistry/dist/schemaregistry-client.js")
  )
  const client = new SchemaRegistryClient({
    baseURLs: [url.replace(/\/+$/u, "")],
    maxRetries: 0,
    createAxiosDefaults: {
      timeout: requestTimeoutMs,
      proxy: false,
      ...(tlsAuthority === undefined ? {} : { httpsAgent: new Agent({ ca: tlsAuthority }) })
    }
  })
  const ask = <A>(question: () => Promise<A>) => Effect.tryPromise({ try: question, catch: badAnswer })
  const info = (schema: string) => ({ schema, schemaType: "JSON" })
  const orUnavailable = Effect.mapError(unavailable)
  const orRefused = (subject: string) =>
    Effect.mapError((answer: BadAnswer) =>
      [409, 422].includes(answer.status) ? new SchemaRefused({ subject, issue: answer.message }) : unavailable(answer)
    )
  const orIfAbsent =
    <B>(absent: B) =>
    <A>(effect: Effect.Effect<A, BadAnswer>) =>
      effect.pipe(
        Effect.catchIf(
          ({ code }) => code >= 40401 && code <= 40403,
          () => Effect.succeed(absent)
        )
      )

  const idOf = (subject: string, schema: string) =>
    ask(() => client.getId(subject, info(schema))).pipe(orIfAbsent(undefined), orUnavailable)
  const belongs = (subject: string, id: number) =>
    Effect.gen(function* () {
      const found = yield* ask(() => client.getBySubjectAndId(subject, id)).pipe(orIfAbsent(undefined), orUnavailable)
      return found !== undefined && (yield* idOf(subject, found.schema)) === id
    })
  return SchemaRegistry.of({
    address,
    idOf,
    belongs,
    versions: (subject) => ask(() => client.getAllVersions(subject)).pipe(orIfAbsent([]), orUnavailable),
    isCompatible: (subject, schema) =>
      ask(() => client.testSubjectCompatibility(subject, info(schema))).pipe(orIfAbsent(true), orRefused(subject)),
    register: (subject, schema) => ask(() => client.register(subject, info(schema))).pipe(orRefused(subject)),
    guard: (subject) =>
      ask(() => client.updateConfig(subject, { compatibility } as never)).pipe(orUnavailable, Effect.asVoid)
  })
})

/** What is kept of a failed call: an HTTP client's error holds the whole request, credentials included. */
class BadAnswer extends Data.TaggedError("BadAnswer")<{
  /** HTTP status; 0 without an answer. */
  readonly status: number
  /** The registry's own code: 40401 to 40403 say that a subject, version or schema is not there. */
  readonly code: number
  readonly message: string
}> {}

const badAnswer = (cause: unknown): BadAnswer => {
  const numberAt = (key: string): number => {
    const value = typeof cause === "object" && cause !== null ? Reflect.get(cause, key) : undefined
    return typeof value === "number" ? value : 0
  }
  const status = numberAt("status")
  const found = explainTls(cause, tlsNames) ?? (cause instanceof Error ? cause.message : String(cause))
  const message = status === 401 || status === 403 ? `${found}. Check user and password in SCHEMA_REGISTRY_URL.` : found
  return new BadAnswer({ status, code: numberAt("errorCode"), message })
}

const tlsNames = { authority: "SCHEMA_REGISTRY_TLS_CA", address: "SCHEMA_REGISTRY_URL" }

const withoutCredentials = (url: string): string => {
  const address = URL.parse(url)
  if (address === null) return "an address that is no URL"
  address.username = ""
  address.password = ""
  return address.href.replace(/\/$/u, "")
}
