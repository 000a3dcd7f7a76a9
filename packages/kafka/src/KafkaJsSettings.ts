// Foreign boundary: sockets and timers below kafkajs.
import { createRequire } from "node:module"
import net from "node:net"
import tls, { type ConnectionOptions } from "node:tls"
import { type Context, Duration, Option, Redacted } from "effect"
import type { ISocketFactory, KafkaConfig as KafkaJsConfig, SASLOptions } from "kafkajs"
import type { KafkaSettings } from "./KafkaConfig.ts"
import { kafkaJsLogLevel, kafkaJsLogs } from "./KafkaJsLogs.ts"

const saslOf = (settings: KafkaSettings): SASLOptions | undefined => {
  const mechanism = Option.getOrUndefined(settings.saslMechanism)
  if (mechanism === undefined) return undefined
  const username = Option.getOrElse(settings.saslUsername, () => "")
  const password = Option.match(settings.saslPassword, { onNone: () => "", onSome: Redacted.value })
  return { mechanism, username, password } as SASLOptions
}

const tlsOf = (settings: KafkaSettings): ConnectionOptions => {
  const authority = Option.getOrUndefined(settings.tlsCertificateAuthority)
  const certificate = Option.getOrUndefined(settings.tlsCertificate)
  const key = Option.getOrUndefined(settings.tlsKey)
  return {
    ...(authority === undefined ? {} : { ca: [authority] }),
    ...(certificate === undefined || key === undefined ? {} : { cert: certificate, key: Redacted.value(key) })
  }
}

/** Small requests leave at once (no Nagle), and a dead peer is noticed. */
const socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = ssl
    ? tls.connect({ host, port, ...(net.isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
    : net.connect({ host, port }, onConnect)
  socket.setNoDelay(true)
  socket.setKeepAlive(true, 10_000)
  return socket
}

/** Settings of kafkajs common to all clients; its own retries are few, as ours go on after them. */
export const kafkaJsConfig = (
  settings: KafkaSettings,
  clientId: string,
  context: Context.Context<never>
): KafkaJsConfig => {
  const sasl = saslOf(settings)
  quietTimers()
  return {
    clientId,
    brokers: [...settings.brokers],
    ssl: settings.tls ? tlsOf(settings) : false,
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: Duration.toMillis(settings.connectTimeout),
    requestTimeout: Duration.toMillis(settings.requestTimeout),
    retry: { retries: 2, initialRetryTime: 30, maxRetryTime: 250 },
    socketFactory,
    logLevel: kafkaJsLogLevel,
    logCreator: kafkaJsLogs(context)
  }
}

interface RequestQueue {
  throttledUntil: number
  throttleCheckTimeoutId: NodeJS.Timeout | null
  readonly pending: ReadonlyArray<unknown>
  checkPendingRequests(): void
  scheduleCheckPendingRequests(): void
}

/** kafkajs 2.2.4 sets a timer with a negative time after every answer (and Node warns); only a throttled queue needs one. */
const quietTimers = (): void => {
  const queue = createRequire(import.meta.url)("kafkajs/src/network/requestQueue") as { prototype: RequestQueue }
  queue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null
        this.checkPendingRequests()
      },
      Math.max(this.throttledUntil - Date.now(), 10)
    )
  }
}
