import { Option, Tracer } from "effect"

/**
 * The W3C trace context of a record's `traceparent` header.
 *
 * @see https://www.w3.org/TR/trace-context/
 */
export interface Traceparent {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
}

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/
const noTrace = "0".repeat(32)
const noSpan = "0".repeat(16)

/** Reads the header; none when it is absent or malformed. */
export const parseTraceparent = (header: string | undefined): Option.Option<Traceparent> => {
  const match = header === undefined ? null : pattern.exec(header)
  if (match === null) return Option.none()
  const [, traceId, spanId, flags] = match
  if (traceId === undefined || spanId === undefined || flags === undefined) return Option.none()
  if (traceId === noTrace || spanId === noSpan) return Option.none()
  return Option.some({ traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 })
}

const spanIdCharacters = 16

/** Whether a span belongs to a trace; where nothing is traced, spans stand in that have no ids. */
export const isTraced = ({ spanId }: Pick<Traceparent, "spanId">): boolean => spanId.length === spanIdCharacters

/** Writes the header for a span that is traced. */
export const formatTraceparent = (span: Traceparent): string =>
  `00-${span.traceId.padStart(32, "0")}-${span.spanId}-${span.sampled ? "01" : "00"}`

/** The record's trace as a span that others can name as parent or link to. */
export const remoteSpan = (header: string | undefined): Option.Option<Tracer.ExternalSpan> =>
  Option.map(parseTraceparent(header), (parent) => Tracer.externalSpan(parent))
