// Foreign boundary: ioredis, its promises and events.
import { explainTls, pem } from "@millrace/contracts"
import { Config, Duration, Effect, Layer, Option, Redacted } from "effect"
import { Redis } from "effect/persistence"
import { Redis as IoRedis } from "ioredis"

export const RedisConfig = Config.all({
  /** `redis://user:password@host:port/database`, `rediss://…` for TLS. Absent: rate limits are kept in each process. */
  url: Config.URL("REDIS_URL").pipe(
    Config.map((url) => Redacted.make(url.href)),
    Config.option
  ),
  /** Certificates to trust for `rediss://`, as PEM text or the path of a file with it. Default: those that Node trusts. */
  tlsCa: Config.option(pem("certificate", "REDIS_TLS_CA")),
  /** Longest wait for a connection. */
  connectTimeout: Config.Duration("REDIS_CONNECT_TIMEOUT").pipe(Config.withDefault(Duration.seconds(3))),
  /** Longest wait between two attempts to connect again. */
  reconnectMax: Config.Duration("REDIS_RECONNECT_MAX").pipe(Config.withDefault(Duration.seconds(2)))
})

export interface RedisConnectionOptions {
  readonly url: Redacted.Redacted
  readonly tlsCa?: string
  readonly connectTimeoutMs: number
  readonly reconnectMaxMs: number
}

/** How long a start waits for the connection before it goes on without. */
const startWaitMs = 1_000

/**
 * Effect's neutral Redis on one connection of ioredis.
 *
 * While Redis is away every command fails at once with `RedisError`; nothing is queued and nothing is sent again after a
 * reconnect, so that no command takes effect later than its caller thinks. It connects again by itself for ever. The
 * layer does not fail when Redis is away at the start. No error holds the address's password.
 */
export const layerRedisOf = (options: RedisConnectionOptions): Layer.Layer<Redis.Redis> =>
  Layer.effect(
    Redis.Redis,
    Effect.gen(function* () {
      const { client, lastError } = yield* Effect.acquireRelease(
        Effect.callback<ReturnType<typeof open>>((resume) => {
          const opened = open(options)
          const go = () => resume(Effect.succeed(opened))
          const timer = setTimeout(go, startWaitMs)
          opened.client
            .connect()
            .catch(() => undefined)
            .finally(() => {
              clearTimeout(timer)
              go()
            })
        }),
        (opened) => Effect.sync(() => opened.client.disconnect())
      )
      return yield* Redis.make({
        send: sendWith(client, lastError),
        connect: Effect.map(
          attempt(() => connectAlso(client), lastError),
          (reserved) => ({
            send: sendWith(reserved, lastError),
            close: Effect.sync(() => reserved.disconnect())
          })
        ),
        subscribe: (channel, onMessage) =>
          Effect.as(
            Effect.acquireRelease(
              attempt(async () => {
                const subscriber = await connectAlso(client)
                subscriber.on("message", (from: string, message: string) => onMessage({ channel: from, message }))
                await subscriber.subscribe(channel)
                return subscriber
              }, lastError),
              (subscriber) => Effect.sync(() => subscriber.disconnect())
            ),
            Effect.never
          )
      })
    })
  )

/** The same from `REDIS_URL`, which must be set, and the other `REDIS_…` settings. */
export const layerRedis: Layer.Layer<Redis.Redis, Config.ConfigError> = Layer.unwrap(
  Effect.gen(function* () {
    const { connectTimeout, reconnectMax, tlsCa } = yield* RedisConfig
    const url = yield* Config.URL("REDIS_URL")
    return layerRedisOf({
      url: Redacted.make(url.href),
      connectTimeoutMs: Duration.toMillis(connectTimeout),
      reconnectMaxMs: Duration.toMillis(reconnectMax),
      ...(Option.isSome(tlsCa) ? { tlsCa: tlsCa.value } : {})
    })
  })
)

const open = (options: RedisConnectionOptions) => {
  const url = Redacted.value(options.url)
  const settings = {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // Without it a command that was under way when the connection broke never ends.
    maxRetriesPerRequest: 0,
    connectTimeout: options.connectTimeoutMs,
    connectionName: "millrace",
    retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 16), options.reconnectMaxMs),
    ...(options.tlsCa !== undefined && url.startsWith("rediss:") ? { tls: { ca: options.tlsCa } } : {})
  }
  const client = new IoRedis(url, settings)
  let last = "not connected yet"
  // Without a listener ioredis prints; what matters is told by the command that fails.
  client.on("error", (error: Error) => {
    last = textOf(error)
  })
  return { client, lastError: () => last }
}

const connectAlso = async (client: IoRedis): Promise<IoRedis> => {
  const other = client.duplicate({ lazyConnect: true })
  other.on("error", () => undefined)
  await other.connect()
  return other
}

const sendWith =
  (client: IoRedis, lastError: () => string) =>
  <A = unknown>(command: string, ...args: ReadonlyArray<string>) =>
    attempt(() => client.call(command, ...args) as Promise<A>, lastError)

/** A failed call keeps the message alone: ioredis's errors carry the command with its arguments. */
const attempt = <A>(call: () => Promise<A>, lastError: () => string): Effect.Effect<A, Redis.RedisError> =>
  Effect.tryPromise({
    try: call,
    catch: (error) => {
      const text = error instanceof Error ? textOf(error) : String(error)
      return new Redis.RedisError({
        cause: new Error(text.includes("writeable") ? `not connected: ${lastError()}` : text)
      })
    }
  })

const tlsNames = { authority: "REDIS_TLS_CA", address: "REDIS_URL" }

const textOf = (error: Error): string => {
  const explained = explainTls(error, tlsNames)
  if (explained !== undefined) return explained
  if (/WRONGPASS|NOAUTH/u.test(error.message)) return `${error.message}. Check user and password in REDIS_URL.`
  const code: unknown = Reflect.get(error, "code")
  return error.message === "" ? String(code ?? error.name) : error.message
}
