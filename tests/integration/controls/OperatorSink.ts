// Foreign boundary: an HTTP server that takes the operator's messages.
import { createServer } from "node:http"
import { webhookHeaders } from "@millrace/telemetry"
import { Effect } from "effect"

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

/** A message of the direct path. */
export interface OperatorMessage {
  readonly type: string
  readonly data: {
    readonly worker: string
    readonly subject: string
    readonly title: string
    readonly whatToDo: string
  }
}

const sink = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly taken: Array<OperatorMessage>; readonly close: () => void }>(
    (resume) => {
      const taken: Array<OperatorMessage> = []
      const server = createServer((request, response) => {
        let body = ""
        request.on("data", (part) => {
          body += part
        })
        request.on("end", () => {
          const signed = webhookHeaders(secret, {
            id: String(request.headers["webhook-id"]),
            timestampSeconds: Number(request.headers["webhook-timestamp"]),
            body
          })
          const genuine = signed["webhook-signature"] === request.headers["webhook-signature"]
          if (genuine) taken.push(JSON.parse(body))
          response.writeHead(genuine ? 204 : 401).end()
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}/`, taken, close: () => server.close() }))
      })
    }
  ),
  ({ close }) => Effect.sync(close)
)

/** Settings that the services inherit from this process. */
const inherited = (variables: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => Object.assign(process.env, variables)),
    () =>
      Effect.sync(() => {
        for (const name of Object.keys(variables)) delete process.env[name]
      })
  )

/** Takes the messages of services that start from now on, until the scope closes; only those with a genuine signature. */
export const listenAsOperator = Effect.gen(function* () {
  const { taken, url } = yield* sink
  yield* inherited({ ALERT_URL: url, ALERT_SECRET: secret })
  return taken as ReadonlyArray<OperatorMessage>
})
