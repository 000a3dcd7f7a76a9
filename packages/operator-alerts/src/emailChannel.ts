import { type AlertNotice, deterministicId } from "@millrace/contracts"
import { Effect, Redacted } from "effect"
import { createTransport } from "nodemailer"
import type { AlertChannel, SendResult } from "./AlertChannel.ts"
import { headline, plainText } from "./noticeText.ts"

/** How mail goes out. */
export interface MailSettings {
  /** `smtp://user:password@host:587`, or `smtps://…:465` for TLS from the first byte. */
  readonly url: Redacted.Redacted<URL>
  readonly from: string
  /** Refuse a server that offers no TLS. */
  readonly requireTls: boolean
}

/** Mail to one address; each recipient is a channel, so that a wrong one does not hold up the others. */
export const emailChannel = (settings: MailSettings, to: string): AlertChannel => {
  const url = Redacted.value(settings.url)
  const secure = url.protocol === "smtps:"
  const user = decodeURIComponent(url.username)
  const pass = decodeURIComponent(url.password)
  const transport = createTransport({
    host: url.hostname.replace(/^\[|\]$/gu, ""),
    port: url.port === "" ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTLS: settings.requireTls && !secure,
    ...(user === "" ? {} : { auth: { user, pass } }),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 15_000,
    disableFileAccess: true,
    disableUrlAccess: true
  })
  const send = (deliveryId: string, notice: AlertNotice) =>
    Effect.tryPromise({
      try: () => transport.sendMail(mailOf(settings.from, to, deliveryId, notice)),
      catch: (error) => judgeFailure(error, [pass, user])
    }).pipe(
      Effect.match({
        onSuccess: ({ response }): SendResult => ({ _tag: "Delivered", detail: hidden(response ?? "", [pass, user]) }),
        onFailure: (result) => result
      })
    )
  return { name: `email:${to}`, send }
}

/** The mail: the same Message-ID for each try; all of a group are one thread, as all name the same first message. */
export const mailOf = (from: string, to: string, deliveryId: string, notice: AlertNotice) => {
  const thread = messageId(deterministicId("alert-thread", notice.rule, notice.workspaceId))
  return {
    from,
    to,
    subject: headline(notice),
    text: plainText(notice),
    messageId: messageId(deterministicId("alert-mail", deliveryId)),
    references: thread,
    headers: {
      "Auto-Submitted": "auto-generated",
      "X-Millrace-Rule": notice.rule,
      "X-Millrace-Notice": notice.noticeId,
      ...(notice.severity === "critical" && notice.kind !== "resolved" ? { Importance: "high" } : {})
    }
  }
}

const messageId = (id: string): string => `<${id}@alerts.millrace.invalid>`

/** Only the reply code tells a refusal for good from one for now; without one there was no answer. */
const judgeFailure = (error: unknown, secrets: ReadonlyArray<string>): SendResult => {
  const { code, response, responseCode } = error as {
    readonly code?: string
    readonly response?: string
    readonly responseCode?: number
  }
  const reason = hidden(response ?? code ?? "the connection failed", secrets)
  if (code === "EAUTH") return { _tag: "Refused", reason: `the server does not take the credentials: ${reason}` }
  if (code === "ETLS")
    return { _tag: "Refused", reason: "the server offers no TLS, or none that can be trusted (ALERT_SMTP_TLS)" }
  return responseCode !== undefined && responseCode >= 500 ? { _tag: "Refused", reason } : { _tag: "Retry", reason }
}

const hidden = (text: string, secrets: ReadonlyArray<string>): string =>
  secrets
    .filter((secret) => secret !== "")
    .reduce((rest, secret) => rest.replaceAll(secret, "<redacted>"), text.replaceAll(/\s+/gu, " "))
    .slice(0, 300)
