import { Effect, FileSystem, Layer, Option, Path } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse, HttpStaticServer } from "effect/http"
import { ApiSettings } from "./ApiServerConfig.ts"
import { withNonce } from "./pageNonce.ts"

/** What is shown where no dashboard is installed. No script, no style: it works under any policy. */
const absent = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Millrace</title></head>
<body>
<h1>Millrace</h1>
<p>The API answers here: <a href="/api/docs">its endpoints</a>. The dashboard is not installed.</p>
<p><code>npm start</code> builds it; elsewhere name the folder with its built files in
<code>CONTROL_API_DASHBOARD_DIR</code>.</p>
<p>Without it a one-time link is followed by a request: its secret is what stands behind <code>#</code>.</p>
<pre>curl -H 'Content-Type: application/json' ADDRESS/api/session/link \\
  -d '{"secret":"…","password":"…","email":"…","name":"…"}'</pre>
</body>
</html>
`

/** Files whose name has a hash of their content are kept for a year, all others asked for anew. */
const cacheFor = (url: string): string =>
  /[.-][A-Za-z0-9_-]{8,}\.(js|css|woff2|png|svg)$/u.test(url.split("?")[0] ?? "")
    ? "public, max-age=31536000, immutable"
    : "no-cache"

/** Files lie in `assets`, or in the folder itself with an ending; whatever else is asked for is a page, ids with dots included. */
const isPage = (url: string): boolean => {
  const path = url.split("?")[0]!
  return path === "/index.html" || !(path.startsWith("/assets/") || /^\/[^/]+\.[a-z0-9]+$/iu.test(path))
}

/**
 * The dashboard at `/`: files of its folder, and its page for every other path that a browser asks a page for, so that its
 * addresses can be opened and kept. Paths under `/api` are never answered with it.
 */
export const dashboardPages = Layer.unwrap(
  Effect.gen(function* () {
    const { dashboardFolder } = yield* ApiSettings
    if (Option.isNone(dashboardFolder))
      return HttpRouter.add("GET", "/*", (request) =>
        Effect.succeed(
          request.url.startsWith("/api/")
            ? HttpServerResponse.jsonUnsafe(noEndpoint, { status: 404 })
            : HttpServerResponse.html(absent)
        )
      )
    const files = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const page = path.join(dashboardFolder.value, "index.html")
    if (!(yield* files.exists(page)))
      return yield* Effect.die(
        new Error(
          `CONTROL_API_DASHBOARD_DIR has no index.html: ${page}. Build the dashboard, or leave the setting out.`
        )
      )
    const serve = yield* HttpStaticServer.make({ root: dashboardFolder.value })
    // Read each time: a page that was built anew names other files, and it is some 1 kB.
    const shown = Effect.map(Effect.orDie(files.readFileString(page)), withNonce)
    return HttpRouter.add("GET", "/*", (request) => {
      if (request.url.startsWith("/api/"))
        return Effect.succeed(HttpServerResponse.jsonUnsafe(noEndpoint, { status: 404 }))
      if (isPage(request.url)) return shown
      return Effect.map(
        Effect.provideService(serve, HttpServerRequest.HttpServerRequest, request),
        HttpServerResponse.setHeader("cache-control", cacheFor(request.url))
      )
    })
  })
)

const noEndpoint = {
  _tag: "NotFound",
  where: "the address",
  found: "nothing under this method and path",
  expected: "an endpoint of /api/docs",
  whatToDo: "See /api/docs for the endpoints that there are."
}
