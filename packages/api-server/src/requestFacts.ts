import { Option } from "effect"
import type { HttpServerRequest } from "effect/http"

/** Whether a request changes nothing, so that it needs no proof that our own page made it. */
export const onlyReads = ({ method }: HttpServerRequest.HttpServerRequest): boolean =>
  method === "GET" || method === "HEAD"

/** Whether a page of ours made the request, as far as the browser says; programs say nothing. */
export const isFromOurPages = (
  { headers }: HttpServerRequest.HttpServerRequest,
  origins: ReadonlySet<string>
): boolean => {
  const { origin, "sec-fetch-site": site } = headers
  if (origin !== undefined && !origins.has(origin)) return false
  return site === undefined || site === "same-origin" || site === "none"
}

/** The caller's network address; of IPv6 the network, as one caller has all addresses in it. */
export const addressOf = (request: HttpServerRequest.HttpServerRequest, behindProxy: boolean): string => {
  const forwarded = behindProxy ? request.headers["x-forwarded-for"]?.split(",").at(-1)?.trim() : undefined
  const address = (forwarded ?? Option.getOrElse(request.remoteAddress, () => "unknown")).slice(0, 64)
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/u.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  return address.includes(":") ? address.split(":").slice(0, 4).join(":") : address
}
