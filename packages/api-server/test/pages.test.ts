// Foreign boundary: a folder of files for the server to serve.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { apiWorld, ask } from "./apiWorld.ts"

const folder = mkdtempSync(join(tmpdir(), "millrace-dashboard-"))
afterAll(() => rmSync(folder, { recursive: true }))
mkdirSync(join(folder, "public", "assets"), { recursive: true })
writeFileSync(join(folder, "outside.txt"), "outside")
writeFileSync(join(folder, "public", "index.html"), '<title>Dashboard</title><script nonce="__CSP_NONCE__"></script>')
writeFileSync(join(folder, "public", "assets", "index-Ab12Cd34.js"), "export {}")
const html = { accept: "text/html" }

layer(apiWorld({ CONTROL_API_DASHBOARD_DIR: join(folder, "public") }), { excludeTestServices: true })("pages", (it) => {
  /**
   * @guarantee operation: Every answer of the API and the dashboard carries a strict content security policy: nothing inline, nothing from elsewhere
   * @how a real server, its pages, files, answers and errors
   */
  it.effect("carry their security headers, whatever is answered", () =>
    Effect.gen(function* () {
      for (const path of ["/", "/api/docs", "/api/session", "/api/nothing", "/assets/none.js", "/%ff"]) {
        const { headers, status } = yield* ask(path, { headers: html })
        const policy = headers.get("content-security-policy") ?? ""
        assert.include(policy, "default-src 'none'", `${path} ${status}`)
        assert.notMatch(policy, /unsafe|\*|https?:/u)
        assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
        assert.strictEqual(headers.get("x-frame-options"), "DENY")
        assert.isBelow(status, 500, path)
      }
    })
  )

  it.effect("of the dashboard are its files, and its page for its own addresses", () =>
    Effect.gen(function* () {
      const nonces = new Set<string>()
      for (const path of ["/", "/trading/accounts/run.ada", "/link"]) {
        const page = yield* ask(path, { headers: html })
        assert.include(page.text, "Dashboard", path)
        assert.strictEqual(page.headers.get("cache-control"), "no-store")
        const nonce = /nonce="([\w-]{20,})"/u.exec(page.text)?.[1]
        assert.isDefined(nonce, page.text)
        assert.include(page.headers.get("content-security-policy"), `style-src 'self' 'nonce-${nonce}'`)
        assert.isFalse(nonces.has(nonce!), "each answer has a nonce of its own")
        nonces.add(nonce!)
      }
      const script = yield* ask("/assets/index-Ab12Cd34.js")
      assert.include(script.headers.get("content-type"), "text/javascript")
      assert.include(script.headers.get("cache-control"), "immutable")
      assert.strictEqual((yield* ask("/assets/none.js")).status, 404)
      const unknown = yield* ask("/api/nothing", { headers: html })
      assert.deepStrictEqual([unknown.status, unknown.json._tag], [404, "NotFound"])
      assert.strictEqual(unknown.headers.get("cache-control"), "no-store")
    })
  )

  it.effect("never leave the dashboard's folder", () =>
    Effect.gen(function* () {
      for (const path of [
        "/../outside.txt",
        "/..%2foutside.txt",
        "/%2e%2e/outside.txt",
        "/assets/..%5c..%5coutside.txt"
      ])
        assert.notInclude((yield* ask(path)).text, "outside", path)
    })
  )

  it.effect("of the documentation name every endpoint with what it needs, without a script", () =>
    Effect.gen(function* () {
      const page = yield* ask("/api/docs")
      assert.strictEqual(page.status, 200)
      for (const part of ["/api/session", "/api/users/{userId}", "permission administer for the whole installation"])
        assert.include(page.text, part)
      assert.notMatch(page.text, /<script|style=|onclick|https?:\/\//u)
      assert.include((yield* ask("/api/docs/style.css")).headers.get("content-type"), "text/css")
      const openapi = yield* ask("/api/openapi.json")
      assert.strictEqual(openapi.json.openapi.slice(0, 2), "3.")
      assert.property(openapi.json.paths, "/api/tokens/{tokenId}")
    })
  )
})

layer(apiWorld(), { excludeTestServices: true })("without a dashboard", (it) => {
  it.effect("a short page says where the API is and how to get the dashboard", () =>
    Effect.gen(function* () {
      const page = yield* ask("/")
      assert.include(page.text, "CONTROL_API_DASHBOARD_DIR")
      assert.strictEqual((yield* ask("/api/nothing")).status, 404)
    })
  )
})
