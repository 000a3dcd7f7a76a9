import { Effect, Layer } from "effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import { redactText } from "./redactText.ts"

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** A request whose JSON is sent without the secrets of this process's environment. */
const redacted = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest => {
  const { body } = request
  if (body._tag !== "Uint8Array") return request
  const text = decoder.decode(body.body)
  const clean = redactText(text)
  return clean === text ? request : HttpClientRequest.bodyUint8Array(request, encoder.encode(clean), body.contentType)
}

/** The client by which telemetry is exported. */
export const redactingClient: Layer.Layer<HttpClient.HttpClient> = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(HttpClient.HttpClient, HttpClient.mapRequest(redacted))
).pipe(Layer.provide(FetchHttpClient.layer))
