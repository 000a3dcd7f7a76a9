import { Context, Effect, Layer, Option } from "effect"
import { HttpServer } from "effect/http"
import { ApiSettings } from "./ApiServerConfig.ts"

/** Names by which a browser on this machine reaches a server that listens here only. */
const loopback = ["localhost", "127.0.0.1", "[::1]"]

/** Where the API and its pages are, for browsers. */
export class PublicAddress extends Context.Service<
  PublicAddress,
  {
    /** Without a slash at the end. */
    readonly url: string
    /** Origins of our own pages: only these may sign in or change anything. */
    readonly origins: ReadonlySet<string>
    /** Whether browsers come by https. */
    readonly secure: boolean
  }
>()("@millrace/api-server/PublicAddress") {
  /** From the settings, and from where the server really listens. */
  static readonly layer = Layer.effect(
    PublicAddress,
    Effect.gen(function* () {
      const { host, publicUrl } = yield* ApiSettings
      const { address } = yield* HttpServer.HttpServer
      if (Option.isSome(publicUrl)) {
        const { href, origin, protocol } = publicUrl.value
        return { url: href.replace(/\/+$/u, ""), origins: new Set([origin]), secure: protocol === "https:" }
      }
      const port = address._tag === "UnixPathAddress" ? 0 : address.port
      const named = host.includes(":") ? `[${host}]` : host
      const origins = [...loopback, named].map((name) => `http://${name}:${port}`)
      const shown = ["0.0.0.0", "[::]"].includes(named) ? "127.0.0.1" : named
      return { url: `http://${shown}:${port}`, origins: new Set(origins), secure: false }
    })
  )
}
