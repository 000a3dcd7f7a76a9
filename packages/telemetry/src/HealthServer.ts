// Foreign boundary: hands Node's server constructor to the platform's HTTP server.
import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Clock, Context, Effect, Layer } from "effect"
import { HttpRouter, HttpServer, HttpServerResponse } from "effect/http"
import type { ServeError } from "effect/http/HttpServerError"
import { Health } from "./Health.ts"
import { type HealthPage, healthPage, livePage, metricsText, readyPage } from "./HealthPages.ts"
import { redactText } from "./redactText.ts"

const answer = (page: HealthPage) =>
  HttpServerResponse.text(redactText(JSON.stringify(page.body)), {
    status: page.status,
    contentType: "application/json"
  })

const routes = Layer.mergeAll(
  HttpRouter.add(
    "GET",
    "/health",
    Effect.gen(function* () {
      const health = yield* Health
      const now = yield* Clock.currentTimeMillis
      return answer(healthPage(health.checks(), new Date(now).toISOString(), health.details()))
    })
  ),
  HttpRouter.add(
    "GET",
    "/ready",
    Effect.map(Health, (health) => answer(readyPage(health.checks())))
  ),
  HttpRouter.add(
    "GET",
    "/live",
    Effect.map(Health, (health) => answer(livePage(health.checks())))
  ),
  HttpRouter.add(
    "GET",
    "/metrics",
    Effect.map(metricsText, (text) =>
      HttpServerResponse.text(text, { contentType: "text/plain; version=0.0.4; charset=utf-8" })
    )
  )
)

/** Short requests of few callers: probes, a scraper, the command line. */
const limits = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 8 * 1024
}
const maxConnections = 100

/**
 * Serves `/health`, `/ready`, `/live` and `/metrics` on 127.0.0.1 while it is provided; `url` says where.
 *
 * Port 0 takes any free one. Fails with `ServeError` when the port is taken.
 */
export class HealthServer extends Context.Service<HealthServer, { readonly url: string }>()(
  "@millrace/telemetry/HealthServer"
) {
  static readonly layer = (options: {
    readonly port: number
    readonly host: string
  }): Layer.Layer<HealthServer, ServeError> => {
    const server = NodeHttpServer.layerServer(() => Object.assign(createServer(limits), { maxConnections }), {
      port: options.port,
      host: options.host
    })
    const serving = HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true })
    const service = Layer.effect(
      HealthServer,
      Effect.map(HttpServer.HttpServer, (http) => ({ url: urlOf(http.address, options.host) }))
    )
    return Layer.mergeAll(serving, service).pipe(Layer.provide(server), Layer.provide(NodeHttpServer.layerHttpServices))
  }
}

const urlOf = (address: HttpServer.HttpServer["Service"]["address"], host: string): string =>
  address._tag === "UnixPathAddress" ? `unix:${address.path}` : `http://${host}:${address.port}`
