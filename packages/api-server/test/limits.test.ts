/** What is too long, too deep or too much for the API is refused, and costs others nothing. */
import { connect } from "node:net"
import { assert, layer } from "@effect/vitest"
import type { Rights } from "@millrace/contracts"
import { hostileJson, hostileVariants } from "@millrace/testkit"
import { Effect } from "effect"
import { ApiWorld, addToken, addUser, apiWorld, ask } from "./apiWorld.ts"
import { everyEndpoint, pathOf } from "./everyEndpoint.ts"
import { ownedThings, payloads } from "./ownedThings.ts"

const full: Rights = { role: "admin", granted: ["trading", "replay"] }

/** Sends bytes as they are; what came back until the server closed the connection. */
const sendRaw = (url: string, text: string): Effect.Effect<string> =>
  Effect.callback((resume) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname, () => socket.write(text))
    let answer = ""
    socket.setEncoding("latin1")
    socket.on("data", (more) => {
      answer += more
    })
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(answer)))
    return Effect.sync(() => socket.destroy())
  })

const opened = (url: string) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly destroy: () => void }>((resume) => {
      const { hostname, port } = new URL(url)
      const socket = connect(Number(port), hostname, () => resume(Effect.succeed(socket)))
      socket.on("error", () => {})
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

/**
 * @guarantee operation: What is too long, too deep or too much for the API or a health page is refused, and the next request is answered
 * @how a real server; headers, bodies, nesting and connections beyond their limits
 */
layer(apiWorld({ CONTROL_API_MAX_BODY_BYTES: "200000", CONTROL_API_MAX_CONNECTIONS: "40" }), {
  excludeTestServices: true
})("limits of the API", (it) => {
  it.effect("on the headers of a request", () =>
    Effect.gen(function* () {
      const { url } = yield* ApiWorld
      const answer = yield* sendRaw(url, `GET /api/session HTTP/1.1\r\nHost: it\r\nX: ${"x".repeat(20_000)}\r\n\r\n`)
      assert.match(answer, /^HTTP\/1\.1 431 /u)
      const many = Array.from({ length: 3_000 }, (_, n) => `X${n}: 1`).join("\r\n")
      assert.match(yield* sendRaw(url, `GET /api/session HTTP/1.1\r\nHost: it\r\n${many}\r\n\r\n`), /^HTTP\/1\.1 431 /u)
      assert.strictEqual((yield* ask("/api/session")).status, 401)
    })
  )

  it.effect("on its body, also one whose length is not told or told wrong", () =>
    Effect.gen(function* () {
      const { url } = yield* ApiWorld
      const body = JSON.stringify({ email: "a@b.c", password: "x".repeat(300_000) })
      assert.strictEqual((yield* ask("/api/session", { method: "POST", body })).status, 413)
      const chunk = `${(100_000).toString(16)}\r\n${"x".repeat(100_000)}\r\n`
      const head = "POST /api/session HTTP/1.1\r\nHost: it\r\nContent-Type: application/json\r\nConnection: close\r\n"
      const chunked = yield* sendRaw(url, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(4)}0\r\n\r\n`)
      assert.match(chunked, /^HTTP\/1\.1 413 /u)
      assert.match(yield* sendRaw(url, `${head}Content-Length: -1\r\n\r\n{}`), /^HTTP\/1\.1 400 /u)
      const both = "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n"
      assert.match(yield* sendRaw(url, `${head}${both}`), /^HTTP\/1\.1 400 /u)
    })
  )

  it.effect("on the nesting and size of what stands in it, at every place", () =>
    Effect.gen(function* () {
      const { userId } = yield* addUser("deep", "system", full)
      const token = yield* addToken(userId, "system", full)
      for (const endpoint of everyEndpoint.filter(({ hasPayload }) => hasPayload)) {
        for (const body of hostileVariants(payloads[endpoint.name])) {
          const answer = yield* ask(pathOf(endpoint, ownedThings), { method: endpoint.method, token, body })
          const at = `${endpoint.name} with ${body.slice(0, 200)}: ${answer.status} ${answer.text.slice(0, 200)}`
          assert.isTrue(answer.status < 500 || answer.status === 503, at)
          assert.isBelow(answer.text.length, 100_000, at)
        }
      }
      assert.isUndefined(Reflect.get({}, "polluted"))
      assert.isAbove(hostileJson.length, 10)
    })
  )

  it.effect("on connections that are open at the same time", () =>
    Effect.gen(function* () {
      const { url } = yield* ApiWorld
      yield* Effect.scoped(
        Effect.gen(function* () {
          for (let n = 0; n < 40; n += 1) yield* opened(url)
          assert.strictEqual(yield* sendRaw(url, "GET /api/session HTTP/1.1\r\nHost: it\r\n\r\n"), "")
        })
      )
      const again = sendRaw(url, "GET /api/session HTTP/1.1\r\nHost: it\r\nConnection: close\r\n\r\n")
      yield* Effect.repeat(again, { until: (answer) => answer.startsWith("HTTP/1.1 401 ") })
    })
  )
})
