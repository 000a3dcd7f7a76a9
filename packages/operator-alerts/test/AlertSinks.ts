// Foreign boundary: servers that take alerts as the providers do, and refuse what those would refuse.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http"
import { Effect } from "effect"
import { SMTPServer, type SMTPServerOptions } from "smtp-server"
import { discordFault, slackFault, webhookFault } from "./alertLimits.ts"

/** An answer that a test asks for instead of the usual one. */
export interface ScriptedAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What an HTTP sink was sent, and how it answered. */
export interface TakenRequest {
  readonly body: unknown
  readonly headers: IncomingHttpHeaders
  readonly atMs: number
  readonly status: number
  readonly fault: string | undefined
}

/** A provider's HTTP endpoint; `url` holds a secret, as the real ones do. */
export interface HttpSink {
  readonly url: string
  readonly taken: Array<TakenRequest>
  /** Answers of the next requests, one each. */
  readonly script: Array<ScriptedAnswer>
}

type Judge = (request: {
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: unknown
}) => string | undefined

const accepted: Readonly<Record<"slack" | "discord" | "webhook", ScriptedAnswer>> = {
  slack: { status: 200, body: "ok" },
  discord: {
    status: 200,
    headers: { "content-type": "application/json", "x-ratelimit-remaining": "4", "x-ratelimit-reset-after": "1" },
    body: JSON.stringify({ id: "1234567890123456789", type: 0 })
  },
  webhook: { status: 204 }
}

const httpSink = (path: string, judge: Judge, success: ScriptedAnswer, refusal: (fault: string) => ScriptedAnswer) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const taken: Array<TakenRequest> = []
      const script: Array<ScriptedAnswer> = []
      const server = createServer((request, response) => {
        void textOf(request).then((text) => {
          const url = new URL(request.url ?? "/", "http://sink")
          const body = parsed(text)
          const fault = plainFault(request, url, path, text) ?? judge({ url, headers: request.headers, text, body })
          const answer = script.shift() ?? (fault === undefined ? success : refusal(fault))
          taken.push({ body, headers: request.headers, atMs: Date.now(), status: answer.status, fault })
          reply(response, answer)
        })
      })
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      return { sink: { url: `http://127.0.0.1:${port}${path}`, taken, script } satisfies HttpSink, server }
    }),
    ({ server }) =>
      Effect.promise(() => {
        server.closeAllConnections()
        return new Promise((resolve) => server.close(resolve))
      })
  ).pipe(Effect.map(({ sink }) => sink))

const plainFault = ({ headers, method }: IncomingMessage, url: URL, path: string, text: string): string | undefined => {
  if (method !== "POST") return `method ${method}`
  if (url.pathname !== path) return `path ${url.pathname}`
  if (!/^application\/json(;|$)/u.test(headers["content-type"] ?? "")) return `content type ${headers["content-type"]}`
  return parsed(text) === undefined ? "no JSON" : undefined
}

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString("utf8")
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

const reply = (response: ServerResponse, { body = "", headers = {}, status }: ScriptedAnswer): void => {
  response.writeHead(status, headers).end(body)
}

/** Slack's incoming webhook. */
export const slackSink = httpSink(
  "/services/T000/B000/slackCanarySecret",
  ({ body }) => slackFault(body),
  accepted.slack,
  () => ({ status: 400, body: "invalid_payload" })
)

/** Discord's webhook. */
export const discordSink = httpSink(
  "/api/webhooks/42/discordCanarySecret",
  ({ body, url }) => discordFault(body, url),
  accepted.discord,
  (fault) => ({ status: 400, body: JSON.stringify({ message: fault, code: 50035 }) })
)

/** A receiver of Standard Webhooks. */
export const webhookSink = (secret: string) =>
  httpSink(
    "/hooks/alerts",
    ({ headers, text }) => webhookFault(secret, headers, text, Date.now()),
    accepted.webhook,
    (fault) => ({ status: 401, body: fault })
  )

/** A mail that the server took. */
export interface TakenMail {
  readonly to: ReadonlyArray<string>
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly isEncrypted: boolean
}

export interface MailSink {
  readonly url: string
  readonly taken: Array<TakenMail>
  /** Replies to the next recipients, one each: code and text. */
  readonly script: Array<readonly [number, string]>
}

/** Credentials of the mail server. */
export const mailUser = { name: "millrace", password: "mail canary/secret" }

/** A mail server on a real socket, by npm's smtp-server; without TLS unless a test gives it. */
export const mailSink = (options: SMTPServerOptions = { hideSTARTTLS: true }) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const taken: Array<TakenMail> = []
      const script: MailSink["script"] = []
      const server = new SMTPServer({
        allowInsecureAuth: true,
        authMethods: ["PLAIN", "LOGIN"],
        disableReverseLookup: true,
        size: 100_000,
        ...options,
        onAuth: ({ password, username }, _session, callback) => {
          const isKnown = username === mailUser.name && password === mailUser.password
          if (isKnown) callback(null, { user: username })
          else callback(Object.assign(new Error("5.7.8 Authentication failed"), { responseCode: 535 }))
        },
        onRcptTo: (_address, _session, callback) => {
          const answer = script.shift()
          if (answer === undefined) callback()
          else callback(Object.assign(new Error(answer[1]), { responseCode: answer[0] }))
        },
        onData: (stream, session, callback) => {
          const chunks: Array<Buffer> = []
          stream.on("data", (chunk: Buffer) => chunks.push(chunk))
          stream.on("end", () => {
            const to = session.envelope.rcptTo.map(({ address }) => address)
            taken.push({ ...mailOf(Buffer.concat(chunks).toString("utf8")), to, isEncrypted: session.secure })
            callback(null, "2.0.0 queued")
          })
        }
      })
      server.on("error", () => undefined)
      const port = await new Promise<number>((resolve) => {
        const listening = server.listen(0, "127.0.0.1", () => {
          const address = listening.address()
          resolve(typeof address === "object" && address !== null ? address.port : 0)
        })
      })
      const user = `${mailUser.name}:${encodeURIComponent(mailUser.password)}`
      return { sink: { url: `smtp://${user}@127.0.0.1:${port}`, taken, script } satisfies MailSink, server }
    }),
    ({ server }) => Effect.promise(() => new Promise<void>((resolve) => server.close(() => resolve())))
  ).pipe(Effect.map(({ sink }) => sink))

const mailOf = (raw: string): Pick<TakenMail, "headers" | "text"> => {
  const end = raw.indexOf("\r\n\r\n")
  const head = raw.slice(0, end).replaceAll(/\r\n[ \t]+/gu, " ")
  const headers = Object.fromEntries(
    head
      .split("\r\n")
      .map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()])
  )
  const body = raw.slice(end + 4)
  const text = headers["content-transfer-encoding"] === "quoted-printable" ? unquoted(body) : body
  return { headers, text }
}

const unquoted = (text: string): string =>
  Buffer.from(
    text
      .replaceAll(/=\r\n/gu, "")
      .replaceAll(/=([0-9A-F]{2})/gu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1"
  ).toString("utf8")
