/** What the exchange, or who answers in its place, sends is bounded before it is read. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { WebSocketServer } from "ws"
import { makeRestConnection } from "../src/RestConnection.ts"
import { openStream } from "../src/StreamConnection.ts"

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === "object" && address !== null ? address.port : 0

/** Answers every request with megabytes until its caller has gone. */
const endless = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly sentMebibytes: () => number; readonly close: () => void }>(
    (resume) => {
      let sent = 0
      const piece = Buffer.alloc(1_048_576, 0x20)
      const server = createServer((_, answer) => {
        const more = () => {
          while (!answer.destroyed) {
            sent += 1
            if (!answer.write(piece)) break
          }
        }
        answer.on("drain", more)
        more()
      })
      const close = () => server.close().closeAllConnections()
      server.listen(0, "127.0.0.1", () =>
        resume(Effect.succeed({ port: portOf(server.address()), sentMebibytes: () => sent, close }))
      )
    }
  ),
  ({ close }) => Effect.sync(close)
)

/**
 * @guarantee records: An answer or message of the exchange that is too long is given up before it fills the memory
 * @how a server that answers without end, and a stream's message of more than 4 MiB
 */
it.live("gives up an answer without end", () =>
  Effect.gen(function* () {
    const server = yield* endless
    const connection = yield* makeRestConnection({
      origin: `http://127.0.0.1:${server.port}`,
      connections: 1,
      requestTimeoutMs: 60_000,
      connectTimeoutMs: 1_000,
      keepAliveMs: 1_000
    })
    const request = { method: "GET" as const, target: "/", headers: {}, body: undefined }
    const failure = yield* Effect.flip(connection.exchange(request as never))
    assert.match(failure.detail, /answer longer than 16777216 bytes/u)
    assert.isTrue(failure.sent)
    assert.isBelow(server.sentMebibytes(), 64)
  }).pipe(Effect.scoped)
)

/** @guarantee records: An answer or message of the exchange that is too long is given up before it fills the memory */
it.live("gives up a stream whose message is too long", () =>
  Effect.gen(function* () {
    const server = yield* Effect.acquireRelease(
      Effect.callback<WebSocketServer>((resume) => {
        const made: WebSocketServer = new WebSocketServer({ port: 0, host: "127.0.0.1" }, () =>
          resume(Effect.succeed(made))
        )
        made.on("connection", (socket) => socket.send(`"${"x".repeat(4 * 1_048_576)}"`))
      }),
      (made) =>
        Effect.sync(() => {
          for (const client of made.clients) client.terminate()
          made.close()
        })
    )
    const closed = yield* Deferred.make<string>()
    const messages: Array<unknown> = []
    yield* openStream(`ws://127.0.0.1:${portOf(server.address())}`, 1_000, {
      onMessage: (message) => messages.push(message),
      onPong: () => {},
      onClosed: (detail) => Deferred.doneUnsafe(closed, Effect.succeed(detail))
    })
    assert.match(yield* Deferred.await(closed), /size exceeded/iu)
    assert.deepStrictEqual(messages, [])
  }).pipe(Effect.scoped)
)
