// Foreign boundary: an HTTP server that takes what services export, as a collector does.
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { gunzipSync } from "node:zlib"
import { Effect, Result, Schema } from "effect"

// The JSON form of OTLP 1.x traces, closed: a key that the specification does not know, or a value of another form, is a fault.
// @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding (ids in hex, 64-bit numbers as decimal text)

const hex = (digits: number) => Schema.String.check(Schema.isPattern(new RegExp(`^[0-9a-f]{${digits}}$`, "u")))
const Nanos = Schema.String.check(Schema.isPattern(/^[1-9]\d{0,19}$/u))
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Whole = Schema.Union([Schema.Int, Schema.String.check(Schema.isPattern(/^-?\d+$/u))])

const Scalar = Schema.Union([
  Schema.Struct({ stringValue: Schema.String }),
  Schema.Struct({ boolValue: Schema.Boolean }),
  Schema.Struct({ intValue: Whole }),
  Schema.Struct({ doubleValue: Schema.Finite })
])
const AnyValue = Schema.Union([
  Scalar,
  Schema.Struct({ arrayValue: Schema.Struct({ values: Schema.Array(Scalar) }) }),
  Schema.Struct({})
])
const Attributes = Schema.Array(Schema.Struct({ key: Schema.NonEmptyString, value: AnyValue }))
const dropped = { droppedAttributesCount: Schema.optionalKey(Count) }

const Span = Schema.Struct({
  traceId: hex(32),
  spanId: hex(16),
  parentSpanId: Schema.optionalKey(hex(16)),
  traceState: Schema.optionalKey(Schema.String),
  flags: Schema.optionalKey(Count),
  name: Schema.NonEmptyString,
  kind: Schema.Literals([1, 2, 3, 4, 5]),
  startTimeUnixNano: Nanos,
  endTimeUnixNano: Nanos,
  attributes: Attributes,
  ...dropped,
  events: Schema.Array(Schema.Struct({ timeUnixNano: Nanos, name: Schema.String, attributes: Attributes, ...dropped })),
  droppedEventsCount: Schema.optionalKey(Count),
  links: Schema.Array(Schema.Struct({ traceId: hex(32), spanId: hex(16), attributes: Attributes, ...dropped })),
  droppedLinksCount: Schema.optionalKey(Count),
  status: Schema.Struct({ code: Schema.Literals([0, 1, 2]), message: Schema.optionalKey(Schema.String) })
})
const Scope = Schema.Struct({
  name: Schema.String,
  version: Schema.optionalKey(Schema.String),
  attributes: Schema.optionalKey(Attributes)
})
const TracesRequest = Schema.Struct({
  resourceSpans: Schema.Array(
    Schema.Struct({
      resource: Schema.Struct({ attributes: Attributes, ...dropped }),
      scopeSpans: Schema.Array(Schema.Struct({ scope: Scope, spans: Schema.Array(Span) }))
    })
  )
})
const decode = Schema.decodeUnknownResult(TracesRequest, { onExcessProperty: "error", errors: "all" })

/** A span with the service that exported it. */
export interface ReceivedSpan extends Schema.Schema.Type<typeof Span> {
  readonly service: string
}

export interface OtlpReceiver {
  readonly url: string
  readonly spans: ReadonlyArray<ReceivedSpan>
  /** What did not fit the specification. */
  readonly faults: ReadonlyArray<string>
  /** Everything that was sent, traces, logs and metrics, as text. */
  readonly bodies: ReadonlyArray<string>
}

/** Listens as a collector on 127.0.0.1 until the scope closes. */
export const listenAsCollector = Effect.gen(function* () {
  const spans: Array<ReceivedSpan> = []
  const faults: Array<string> = []
  const bodies: Array<string> = []
  const take = (path: string, contentType: string, body: string) => {
    bodies.push(body)
    if (contentType !== "application/json") faults.push(`${path}: content type ${contentType}`)
    if (path !== "/v1/traces") return
    const decoded = decode(JSON.parse(body))
    if (Result.isFailure(decoded)) {
      faults.push(decoded.failure.message)
      return
    }
    for (const { resource, scopeSpans } of decoded.success.resourceSpans) {
      const named = resource.attributes.find(({ key }) => key === "service.name")?.value
      const service = named !== undefined && "stringValue" in named ? named.stringValue : ""
      for (const { spans: some } of scopeSpans) spans.push(...some.map((span) => ({ ...span, service })))
    }
  }
  const server = yield* Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const made = createServer((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          const whole = Buffer.concat(chunks)
          const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(whole) : whole
          take(request.url ?? "", String(request.headers["content-type"]).split(";")[0] ?? "", body.toString("utf8"))
          response.writeHead(200, { "content-type": "application/json" }).end("{}")
        })
      })
      made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
    }),
    (made) =>
      Effect.sync(() => {
        made.closeAllConnections()
        made.close()
      })
  )
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, spans, faults, bodies } satisfies OtlpReceiver
})
